// An NVMe controller on a bus, with memory that its DMA reaches, driven command by command.
import { nvmeModel } from '../../../src/devices/nvme/index.js';
import { NvmeController } from '../../../src/devices/nvme/controller.js';
import { DEFAULT_LIMITS } from '../../../src/devices/nvme/controller-limits.js';
import { Namespace } from '../../../src/devices/nvme/namespace.js';
import { ACQ, AQA, ASQ, CC, CSTS, DOORBELLS } from '../../../src/devices/nvme/registers.js';
import { iommuGroupOf } from '../../../src/iommu/iommu-group.js';
import type { Disk } from '../../../src/kernel/disk.js';
import type { DeviceOptions, FunctionDescription } from '../../../src/pci/device-model.js';
import type { InterruptKind } from '../../../src/pci/interrupts.js';
import { TestPci } from '../../pci/test-pci.js';
import { type FlatAccess, flatDomain } from '../../support/flat-domain.js';

/** Where things lie in memory. */
export const PLACES = {
  adminSubmission: 0x1000,
  adminCompletion: 0x2000,
  ioSubmission: 0x3000,
  ioCompletion: 0x4000,
  /** Lists of pages. */
  lists: 0x8000,
  /** Data of commands, to the end. */
  data: 0x10000,
};
export const MEMORY_SIZE = 0x200000;
const PAGE = 4096;

/** CC: 64-byte commands, 16-byte completions, enabled. */
export const ENABLE = 0x0046_0001;

/** Fields of a command; what is not said is 0. */
export interface CommandFields {
  readonly opcode: number;
  readonly flags?: number;
  readonly nsid?: number;
  readonly prp1?: number;
  readonly prp2?: number | bigint;
  /** Dwords 10 to 15. */
  readonly dwords?: readonly number[];
}

export interface Answer {
  readonly status: number;
  readonly result: number;
  readonly commandId: number;
}

interface Ring {
  readonly id: number;
  readonly submission: number;
  readonly completion: number;
  readonly size: number;
  tail: number;
  head: number;
  phase: number;
}

export class NvmeBench {
  readonly machine: TestPci;
  readonly memory = new Uint8Array(MEMORY_SIZE);
  readonly view = new DataView(this.memory.buffer);
  /** Vectors that arrived. */
  readonly vectors: number[] = [];
  /** Accesses of the domain, as the device made them. */
  readonly accesses: FlatAccess[] = [];
  /** How many of them were made at once, each time. */
  readonly transfers: number[] = [];
  #rings = new Map<number, Ring>();
  #nextId = 1;

  /** @param disk default: memory, as the options have it */
  constructor(options: DeviceOptions = { size: '1M' }, disk?: Disk) {
    this.machine = new TestPci({ '00:03.0': describe(options, disk) });
    const group = iommuGroupOf(this.member.device);
    if (group !== undefined) {
      group.domain = flatDomain(
        this.memory,
        (access) => this.accesses.push(access),
        (pieces) => this.transfers.push(pieces),
      );
    }
    this.member.setMaster(true);
  }

  get member() {
    return this.machine.at('0000:00:03.0');
  }

  get bar() {
    const [bar] = this.member.bars;
    if (bar === undefined) throw new Error('there is no BAR 0');
    return bar;
  }

  read(register: number): number {
    return this.bar.read(register, 4) >>> 0;
  }

  write(register: number, value: number): void {
    this.bar.write(register, 4, value);
  }

  /** What clients that mapped the BAR store; the machine looks afterwards. */
  store(register: number, value: number): void {
    this.bar.setMapped(true);
    this.mapped.setUint32(register, value, true);
    this.machine.kernel.pollers.poll();
  }

  /** BAR 0 as clients have it mapped. */
  get mapped(): DataView {
    const { bytes } = this.bar;
    if (bytes === undefined) throw new Error('BAR 0 is not mappable');
    return new DataView(bytes.buffer, bytes.byteOffset);
  }

  /** Enables the controller anew, with admin queues of this many entries. */
  enable(size = 16): this {
    this.write(CC, 0);
    this.write(ASQ + 4, 0);
    this.write(ACQ + 4, 0);
    this.write(AQA, ((size - 1) << 16) | (size - 1));
    this.write(ASQ, PLACES.adminSubmission);
    this.write(ACQ, PLACES.adminCompletion);
    this.memory.fill(0, PLACES.adminCompletion, PLACES.adminCompletion + PAGE);
    this.write(CC, ENABLE);
    const { adminSubmission: submission, adminCompletion: completion } = PLACES;
    this.#rings = new Map([
      [0, { id: 0, submission, completion, size, tail: 0, head: 0, phase: 1 }],
    ]);
    return this;
  }

  get isReady(): boolean {
    return (this.read(CSTS) & 1) !== 0;
  }

  get isFatal(): boolean {
    return (this.read(CSTS) & 2) !== 0;
  }

  /** Creates I/O queues 1. */
  createQueues(size = 16, vector = 0): this {
    const sizes = ((size - 1) << 16) | 1;
    const { ioCompletion: completion, ioSubmission: submission } = PLACES;
    this.admin({ opcode: 5, prp1: completion, dwords: [sizes, (vector << 16) | 3] });
    this.admin({ opcode: 1, prp1: submission, dwords: [sizes, (1 << 16) | 1] });
    this.memory.fill(0, completion, completion + PAGE);
    this.#rings.set(1, { id: 1, submission, completion, size, tail: 0, head: 0, phase: 1 });
    return this;
  }

  admin(command: CommandFields): Answer {
    return this.run(0, command);
  }

  io(command: CommandFields): Answer {
    return this.run(1, { nsid: 1, ...command });
  }

  /** Submits a command and waits for its completion. */
  run(queue: number, command: CommandFields): Answer {
    const commandId = this.submit(queue, command);
    const answer = this.take(queue);
    if (answer?.commandId !== commandId) throw new Error(`no completion of ${commandId}`);
    return answer;
  }

  /** Puts a command into a queue and rings. @returns its identifier */
  submit(queue: number, command: CommandFields, isRung = true): number {
    const ring = this.#ring(queue);
    const commandId = this.#nextId++ & 0xffff;
    this.#encode(ring.submission + 64 * ring.tail, command, commandId);
    ring.tail = (ring.tail + 1) % ring.size;
    if (isRung) this.ring(queue);
    return commandId;
  }

  /** Rings the tail doorbell. */
  ring(queue: number): void {
    this.write(DOORBELLS + 8 * queue, this.#ring(queue).tail);
  }

  /** The next completion of a queue, if there is one; tells the controller unless asked not to. */
  take(queue: number, isRung = true): Answer | undefined {
    const ring = this.#ring(queue);
    const at = ring.completion + 16 * ring.head;
    const word = this.view.getUint16(at + 14, true);
    if ((word & 1) !== ring.phase) return undefined;
    ring.head = (ring.head + 1) % ring.size;
    if (ring.head === 0) ring.phase ^= 1;
    if (isRung) this.write(DOORBELLS + 8 * queue + 4, ring.head);
    const result = this.view.getUint32(at, true);
    // Without DNR, which says nothing of what went wrong.
    return { status: (word >> 1) & 0x7ff, result, commandId: this.view.getUint16(at + 12, true) };
  }

  /** The status field of the next completion, with DNR. */
  nextStatusField(queue: number): number {
    const { completion, head } = this.#ring(queue);
    return this.view.getUint16(completion + 16 * head + 14, true) >> 1;
  }

  /** Data of commands. */
  data(length: number, offset = 0): Uint8Array {
    return this.memory.subarray(PLACES.data + offset, PLACES.data + offset + length);
  }

  /** Lets all timers run out. */
  wait(): void {
    const { timers } = this.machine.kernel;
    while (timers.fireNext(timers.nowMs + 1));
  }

  enableInterrupts(kind: InterruptKind, count: number): void {
    this.member.interrupts.enable(kind, count, (vector) => this.vectors.push(vector));
  }

  #ring(queue: number): Ring {
    const ring = this.#rings.get(queue);
    if (ring === undefined) throw new Error(`there are no queues ${queue}`);
    return ring;
  }

  #encode(at: number, command: CommandFields, commandId: number): void {
    const { view } = this;
    this.memory.fill(0, at, at + 64);
    view.setUint8(at, command.opcode);
    view.setUint8(at + 1, command.flags ?? 0);
    view.setUint16(at + 2, commandId, true);
    view.setUint32(at + 4, command.nsid ?? 0, true);
    view.setBigUint64(at + 24, BigInt(command.prp1 ?? PLACES.data), true);
    view.setBigUint64(at + 32, BigInt(command.prp2 ?? 0), true);
    for (const [index, value] of (command.dwords ?? []).entries()) {
      view.setUint32(at + 40 + 4 * index, value, true);
    }
  }
}

function describe(options: DeviceOptions, disk: Disk | undefined): FunctionDescription {
  const description = nvmeModel.describe(options);
  if (disk === undefined) return description;
  const identity = { vendor: 0x1b36, subsystemVendor: 0x1af4, serial: 'test', model: 'test' };
  return {
    ...description,
    create: (context) =>
      new NvmeController(context, {
        namespace: new Namespace(disk, 0),
        identity,
        limits: DEFAULT_LIMITS,
      }),
  };
}
