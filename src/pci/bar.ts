/** Windows of a function into memory and I/O space: its BARs and its expansion ROM. */
import { PAGE_SIZE } from '../uapi/file.js';
import type { AccessSize } from './config-space.js';

export type BarKind = 'memory32' | 'memory64' | 'io';

/** Part of a BAR, in bytes. */
export interface BarArea {
  readonly offset: number;
  readonly size: number;
}

/** What a BAR is to be. */
export interface BarDescription {
  /** 0 to 5. A 64-bit BAR takes the next one as well. */
  readonly index: number;
  readonly kind: BarKind;
  /** Bytes, a power of two: at least 16 for memory, 4 for I/O. */
  readonly size: number;
  readonly isPrefetchable?: boolean;
  /** Where firmware puts it; default: where there is room. */
  readonly address?: bigint;
  /** Whether clients may map it: then its bytes are shared memory. Default: false. */
  readonly isMappable?: boolean;
  /**
   * The parts that clients are told to map, in whole pages. What is outside they reach by system calls, one
   * access at a time, exactly, if they heed it, as QEMU does; others may still map all. Default: all.
   */
  readonly mappableAreas?: readonly BarArea[];
  /** What it holds at first; default zeros. */
  readonly content?: Uint8Array;
  /** Without a model: whether writes are dropped, so that it always holds that. Default: false. */
  readonly isReadOnly?: boolean;
}

/** Who answers accesses to a BAR. */
export interface BarAccess {
  read(offset: number, size: AccessSize): number;
  write(offset: number, size: AccessSize, value: number): void;
}

/** What a BAR asks of its function. */
export interface BarOwner {
  /** Whether accesses of this kind reach the function: decoding on, power state D0. */
  decodes(kind: BarKind): boolean;
}

/** Registers lie at the beginning of a BAR; what is beyond is memory, too much of it to be written. */
const REGISTER_SPACE = 4 * 1024 * 1024;

export class Bar {
  readonly index: number;
  readonly kind: BarKind;
  /** Bytes. */
  readonly size: number;
  readonly isPrefetchable: boolean;
  /** As firmware assigned it. */
  readonly address: bigint;
  /** Whether clients may map it. */
  readonly isMappable: boolean;
  /** The parts that clients are told to map; undefined: all. */
  readonly mappableAreas: readonly BarArea[] | undefined;
  /** The shared memory of a mappable BAR, rounded up to whole pages. */
  readonly bytes: Uint8Array | undefined;
  /** What pread and pwrite reach; set by the function when its model is there. */
  access: BarAccess | undefined;
  /** Told when the first client maps the memory, and when none has it mapped any more. */
  readonly mapObservers = new Set<(isMapped: boolean) => void>();
  /** What takes the stores that clients made to the memory while they had it mapped. */
  readonly lookers = new Set<() => void>();
  readonly #owner: BarOwner;
  #isMapped = false;

  constructor(
    description: BarDescription & { readonly address: bigint },
    owner: BarOwner,
    bytes: Uint8Array | undefined,
  ) {
    this.index = description.index;
    this.kind = description.kind;
    this.size = description.size;
    this.isPrefetchable = description.isPrefetchable ?? false;
    this.address = description.address;
    this.isMappable = bytes !== undefined;
    this.mappableAreas = description.mappableAreas;
    this.bytes = bytes;
    this.#owner = owner;
  }

  get isMemory(): boolean {
    return this.kind !== 'io';
  }

  /** Says whether a client may have the memory mapped: only then can stores come unseen. */
  setMapped(isMapped: boolean): void {
    if (isMapped === this.#isMapped) return;
    if (!isMapped) this.takeStores();
    this.#isMapped = isMapped;
    for (const observer of this.mapObservers) observer(isMapped);
  }

  /** Takes what clients have stored to the memory up to now: it is to have come before what happens next. */
  takeStores(): void {
    if (this.#isMapped) for (const look of this.lookers) look();
  }

  /** Nothing answers any more: everything reads as ones, mapped memory included. */
  disconnect(): void {
    this.access = undefined;
    this.bytes?.subarray(0, REGISTER_SPACE).fill(0xff);
  }

  /** Whether accesses reach the function now: its kind of decoding is on, and power state is D0. */
  get isDecoded(): boolean {
    return this.#owner.decodes(this.kind);
  }

  /**
   * Reads, exactly this access, from the model. All ones while the function does not decode, and
   * beyond the end.
   */
  read(offset: number, size: AccessSize): number {
    const { access } = this;
    if (access === undefined || !this.isDecoded || offset + size > this.size) {
      return 0xffff_ffff >>> (32 - 8 * size);
    }
    return access.read(offset, size);
  }

  /** Writes, exactly this access, to the model. Nothing happens while the function does not decode. */
  write(offset: number, size: AccessSize, value: number): void {
    if (this.isDecoded && offset + size <= this.size) this.access?.write(offset, size, value);
  }
}

/** An expansion ROM. */
export interface RomDescription {
  /** Bytes of the BAR, a power of two, at least 2048. */
  readonly size: number;
  /** Where firmware puts it; default: where there is room. */
  readonly address?: bigint;
  /** The image; what the BAR has beyond it is zero. Default: all zero. */
  readonly image?: Uint8Array;
}

/** The expansion ROM of a function. */
export interface Rom {
  /** Bytes of the BAR. */
  readonly size: number;
  /** As firmware assigned it. */
  readonly address: bigint;
  /** What is in it, `size` bytes. */
  readonly image: Uint8Array;
}

/** Bytes of memory behind a mappable BAR: whole pages. */
export function mappedSize(size: number): number {
  return Math.ceil(size / PAGE_SIZE) * PAGE_SIZE;
}

/** Where a BAR's bytes lie in its function's memory object: Linux's region offset. */
export function regionOffset(index: number): number {
  return index * 2 ** 40;
}
