/**
 * What firmware does before a kernel runs: gives every BAR and ROM an address that is free, and
 * bridges the windows that lead there. Addresses that plans name are kept.
 */
import type { BarKind } from './bar.js';
import { ROM_INDEX } from './function-layout.js';
import { type BusPlan, type FunctionPlan, PciPlanError } from './plan.js';

/** Addresses from `start` to `end`, both included. */
export interface AddressRange {
  readonly start: bigint;
  readonly end: bigint;
}

/** What firmware gave out. */
export interface Assignment {
  /** Address by BAR index; 6 is the ROM. */
  readonly addresses: ReadonlyMap<FunctionPlan, ReadonlyMap<number, bigint>>;
  /** What lies behind each bridge, by kind of window. */
  readonly windows: ReadonlyMap<FunctionPlan, BridgeWindows>;
}

export interface BridgeWindows {
  readonly io: AddressRange | undefined;
  readonly memory: AddressRange | undefined;
  /** Memory above 4 GiB. */
  readonly high: AddressRange | undefined;
}

interface Request {
  readonly plan: FunctionPlan;
  readonly index: number;
  readonly size: bigint;
  readonly address: bigint | undefined;
  readonly space: Space;
}

type Space = 'io' | 'memory' | 'high';

const ALL_SPACES: readonly Space[] = ['io', 'memory', 'high'];

/** Where each kind of space is given out from: memory below the I/O APIC, and above 4 GiB. */
const SPACES: Readonly<Record<Space, AddressRange>> = {
  io: { start: 0xc000n, end: 0xffffn },
  memory: { start: 0xc000_0000n, end: 0xfebf_ffffn },
  high: { start: 0x40_0000_0000n, end: 0x7f_ffff_ffffn },
};

/** 64-bit BARs from this size on go above 4 GiB. */
const HIGH_SIZE = 0x1000_0000n;

const MIB = 0x10_0000n;

/** Room that is kept behind a bridge, once something was plugged in there, for more of it. */
const HOT_PLUG_ROOM: Readonly<Record<Space, bigint>> = {
  io: 0n,
  memory: 32n * MIB,
  high: 1n << 32n,
};

/** Bridges decode memory by 1 MiB and I/O by 4 KiB. */
const GRANULARITY: Readonly<Record<Space, bigint>> = { io: 0x1000n, memory: MIB, high: MIB };

/**
 * @param previous what was given out before: it stays, and the rest is found room beside it
 * @throws PciPlanError when addresses run out or overlap
 */
export function assignAddresses(roots: readonly BusPlan[], previous?: Assignment): Assignment {
  const firmware = new Firmware(previous);
  for (const root of roots) firmware.reserve(root);
  for (const root of roots) firmware.assign(root);
  return firmware;
}

class Firmware implements Assignment {
  readonly addresses = new Map<FunctionPlan, Map<number, bigint>>();
  readonly windows = new Map<FunctionPlan, BridgeWindows>();
  readonly #taken: Record<Space, AddressRange[]> = { io: [], memory: [], high: [] };
  readonly #previous: Assignment | undefined;
  /** Bridges above what addresses are being given to. */
  readonly #above: FunctionPlan[] = [];

  constructor(previous?: Assignment) {
    this.#previous = previous;
  }

  /** Takes what plans name, and what was given out before. */
  reserve(bus: BusPlan): void {
    for (const plan of bus.functions) {
      for (const request of this.#requestsOf(plan)) {
        if (request.address !== undefined) this.#take(request, request.address);
      }
    }
    for (const child of bus.children) this.reserve(child);
  }

  /** Gives out the rest, and says what lies on the bus and behind it. */
  assign(bus: BusPlan): BridgeWindows {
    if (bus.bridge !== undefined) this.#above.push(bus.bridge);
    const found: Record<Space, AddressRange[]> = { io: [], memory: [], high: [] };
    for (const child of bus.children) {
      const behind = this.assign(child);
      for (const space of ALL_SPACES) {
        const range = behind[space];
        if (range !== undefined) found[space].push(range);
      }
    }
    const requests = bus.functions.flatMap((plan) => this.#requestsOf(plan));
    // Largest first: then alignment leaves no holes.
    requests.sort((a, b) => (a.size < b.size ? 1 : a.size > b.size ? -1 : 0));
    if (bus.bridge !== undefined) this.#alignNext(requests);
    for (const request of requests) {
      const address = request.address ?? this.#place(request);
      found[request.space].push({ start: address, end: address + request.size - 1n });
    }
    const windows = {
      io: spanOf(found.io, 'io'),
      memory: spanOf(found.memory, 'memory'),
      high: spanOf(found.high, 'high'),
    };
    if (bus.bridge === undefined) return windows;
    this.windows.set(bus.bridge, windows);
    for (const space of ALL_SPACES) {
      const range = windows[space];
      if (range !== undefined) this.#taken[space].push(range);
    }
    this.#above.pop();
    return windows;
  }

  /** The window that another bridge had before, if a range touches one. */
  #windowAt(space: Space, start: bigint, size: bigint): AddressRange | undefined {
    for (const [bridge, windows] of this.#previous?.windows ?? []) {
      const range = windows[space];
      if (range === undefined || this.#above.includes(bridge)) continue;
      const roomEnd = range.start + HOT_PLUG_ROOM[space] - 1n;
      const end = roomEnd > range.end ? roomEnd : range.end;
      if (start <= end && start + size - 1n >= range.start) return { start: range.start, end };
    }
    return undefined;
  }

  #requestsOf(plan: FunctionPlan): Request[] {
    return requestsOf(plan, this.#previous?.addresses.get(plan));
  }

  /** What comes behind a bridge starts at a fresh window, so that windows of bridges do not overlap. */
  #alignNext(requests: Request[]): void {
    for (const space of ALL_SPACES) {
      const first = requests.find(
        (request) => request.space === space && request.address === undefined,
      );
      if (first === undefined) continue;
      const size = requests.reduce(
        (sum, { space: at, size: bytes }) => (at === space ? sum + bytes : sum),
        0n,
      );
      const whole = roundUp(size, GRANULARITY[space]);
      const alignment = first.size > GRANULARITY[space] ? first.size : GRANULARITY[space];
      let at = this.#free(first, space, this.#withRoom(space, whole), alignment);
      for (const request of requests) {
        if (request.space !== space || request.address !== undefined) continue;
        at = roundUp(at, request.size);
        this.#set(request, at);
        at += request.size;
      }
    }
  }

  /** The size to look for: more than is needed when a window begins to be while the machine runs. */
  #withRoom(space: Space, size: bigint): bigint {
    const room = HOT_PLUG_ROOM[space];
    return this.#previous === undefined || this.#knownWindow(space) || size > room ? size : room;
  }

  /** The window that the bridge above had before. */
  #knownWindow(space: Space): AddressRange | undefined {
    const bridge = this.#above.at(-1);
    return bridge === undefined ? undefined : this.#previous?.windows.get(bridge)?.[space];
  }

  #place(request: Request): bigint {
    const given = this.addresses.get(request.plan)?.get(request.index);
    if (given !== undefined) return given;
    const { space, size } = request;
    const alignment = space === 'memory' && size < 0x1000n ? 0x1000n : size;
    const address = this.#free(request, space, size, alignment);
    this.#take(request, address);
    return address;
  }

  #free(request: Request, space: Space, size: bigint, alignment: bigint): bigint {
    const { start, end } = SPACES[space];
    let at = roundUp(this.#knownWindow(space)?.start ?? start, alignment);
    for (;;) {
      const clash = this.#clash(space, at, size) ?? this.#windowAt(space, at, size);
      if (clash === undefined) break;
      at = roundUp(clash.end + 1n, alignment);
    }
    if (at + size - 1n > end) {
      const fix = 'make BARs smaller, or fewer';
      throw new PciPlanError(
        request.plan,
        `no ${space} addresses are left for BAR ${request.index}`,
        fix,
      );
    }
    return at;
  }

  #take(request: Request, address: bigint): void {
    const { plan, index, space, size } = request;
    if (address % size !== 0n) {
      throw new PciPlanError(
        plan,
        `the address of BAR ${index} is no multiple of its size`,
        'align it',
      );
    }
    if (this.#clash(space, address, size) !== undefined) {
      throw new PciPlanError(
        plan,
        `the address of BAR ${index} is in use`,
        'name another one, or none',
      );
    }
    this.#set(request, address);
  }

  #set(request: Request, address: bigint): void {
    const { plan, index, space, size } = request;
    this.#taken[space].push({ start: address, end: address + size - 1n });
    const known = this.addresses.get(plan) ?? new Map<number, bigint>();
    known.set(index, address);
    this.addresses.set(plan, known);
  }

  #clash(space: Space, start: bigint, size: bigint): AddressRange | undefined {
    return this.#taken[space].find(
      (range) => start <= range.end && start + size - 1n >= range.start,
    );
  }
}

/** @param given the addresses it has already */
function requestsOf(plan: FunctionPlan, given?: ReadonlyMap<number, bigint>): Request[] {
  const { bars = [], rom } = plan.description;
  const requests = bars.map(({ index, kind, size, address = given?.get(index) }) => ({
    plan,
    index,
    size: BigInt(size),
    address,
    space: spaceOf(kind, BigInt(size), address),
  }));
  if (rom === undefined) return requests;
  const { address = given?.get(ROM_INDEX) } = rom;
  return [
    ...requests,
    { plan, index: ROM_INDEX, size: BigInt(rom.size), address, space: 'memory' },
  ];
}

function spaceOf(kind: BarKind, size: bigint, address: bigint | undefined): Space {
  if (kind === 'io') return 'io';
  const isHigh = address === undefined ? size >= HIGH_SIZE : address >= 1n << 32n;
  return kind === 'memory64' && isHigh ? 'high' : 'memory';
}

function spanOf(ranges: readonly AddressRange[], space: Space): AddressRange | undefined {
  const [first] = ranges;
  if (first === undefined) return undefined;
  let { start, end } = first;
  for (const range of ranges) {
    if (range.start < start) start = range.start;
    if (range.end > end) end = range.end;
  }
  const granularity = GRANULARITY[space];
  return { start: (start / granularity) * granularity, end: roundUp(end + 1n, granularity) - 1n };
}

function roundUp(value: bigint, multiple: bigint): bigint {
  return ((value + multiple - 1n) / multiple) * multiple;
}
