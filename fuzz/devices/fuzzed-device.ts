/** A function on a bus of its own, with memory that its DMA reaches, and all that software can do to it. */
import { iommuGroupOf } from '../../src/iommu/iommu-group.js';
import type { DmaMemory, MemoryPiece } from '../../src/iommu/iommu-domain.js';
import { IOMMU_READ, IOMMU_WRITE, PagingDomain } from '../../src/iommu/paging-domain.js';
import { Iommu } from '../../src/iommu/iommu.js';
import { Kernel } from '../../src/kernel/kernel.js';
import type { DeviceModelFactory, DeviceOptions } from '../../src/pci/device-model.js';
import type { AccessSize } from '../../src/pci/config-space.js';
import type { PciFunction } from '../../src/pci/function.js';
import { Pci } from '../../src/pci/pci.js';
import type { ResetMethod } from '../../src/pci/reset.js';
import { PAGE_SIZE } from '../../src/uapi/file.js';
import { PCI_COMMAND, PCI_COMMAND_IO, PCI_COMMAND_MEMORY } from '../../src/uapi/pci-regs.js';
import { FailingDisk } from './failing-disk.js';

/** Bytes of memory, mapped from I/O virtual address 0 on. */
export const MEMORY_SIZE = 0x10_0000;
/** Pages at its end that the device may read, and not write. */
const READ_ONLY_PAGES = 16;
/** Timers that may run out in one go: a model with more goes round in circles. */
const TIMERS = 100_000;
/** Actions that are told of. */
const TOLD = 12;
/** Accesses to memory that one step may make. */
const ACCESSES = 200_000;

export class FuzzedDevice {
  readonly memory = new Uint8Array(MEMORY_SIZE);
  readonly view = new DataView(this.memory.buffer);
  /** Images are disks that fail now and then. */
  readonly kernel = new Kernel({
    openDisk: ({ size = 0, isReadOnly }) => new FailingDisk(size, isReadOnly),
  });
  /** All that the device said so far, as one number. */
  digest = 0;
  readonly #pci = new Pci(this.kernel, { iommu: new Iommu() });
  readonly #member: PciFunction;
  readonly #last: string[] = [];
  #accesses = 0;

  constructor(factory: DeviceModelFactory, options: DeviceOptions) {
    const address = { domain: 0, bus: 0, slot: 3, function: 0 };
    this.#pci.populate([{ address, description: factory.describe(options) }]);
    const member = this.#pci.functionAt('0000:00:03.0');
    if (member === undefined) throw new Error('there is no function');
    this.#member = member;
    const group = iommuGroupOf(member.device);
    if (group !== undefined) group.domain = this.#domain();
    this.wake();
  }

  get bars() {
    return this.#member.bars.filter((bar) => bar !== undefined);
  }

  get configSize(): number {
    return this.#member.config.snapshot().length;
  }

  read(bar: number, offset: number, size: AccessSize): number {
    const value = this.#member.bars[bar]?.read(offset, size) ?? 0;
    const limit = 2 ** (8 * size);
    // A model may answer with the signed form of 32 bits.
    if (!Number.isInteger(value) || value < -limit / 2 || value >= limit) {
      throw new RangeError(`a read of ${size} bytes at ${bar}:${offset} gave ${value}`);
    }
    this.#note(value);
    return value >>> 0;
  }

  write(bar: number, offset: number, size: AccessSize, value: number): void {
    this.#member.bars[bar]?.write(offset, size, value);
  }

  /** A store into mapped memory, which the machine finds when it looks. */
  store(index: number, offset: number, value: number): void {
    const bar = this.#member.bars[index];
    if (bar?.bytes === undefined) return;
    bar.setMapped(true);
    const view = new DataView(bar.bytes.buffer, bar.bytes.byteOffset, bar.bytes.byteLength);
    view.setUint32(offset, value, true);
    this.kernel.pollers.poll();
  }

  unmapBars(): void {
    for (const bar of this.bars) bar.setMapped(false);
  }

  readConfig(offset: number, size: AccessSize): void {
    this.#note(this.#member.config.read(offset, size));
  }

  writeConfig(offset: number, size: AccessSize, value: number): void {
    this.#member.config.write(offset, size, value);
  }

  reset(method: ResetMethod | 'power-on'): void {
    this.#member.hardwareReset(method);
  }

  /** Decoding and bus mastering on, in D0. */
  wake(): void {
    this.#member.config.setBits(PCI_COMMAND, 2, PCI_COMMAND_IO | PCI_COMMAND_MEMORY, true);
    this.#member.setMaster(true);
  }

  setMaster(on: boolean): void {
    this.#member.setMaster(on);
  }

  /** Lets interrupts of a kind reach a driver, or none. */
  useInterrupts(kind: 'intx' | 'msi' | 'msix' | 'none', count: number): void {
    const { interrupts } = this.#member;
    interrupts.disable();
    if (kind === 'none' || interrupts.available(kind) === 0) return;
    const vectors = Math.min(Math.max(1, count), interrupts.available(kind));
    interrupts.enable(kind, vectors, (vector) => this.#note(0x100 + vector));
  }

  maskVector(vector: number, masked: boolean): void {
    this.#member.interrupts.setVectorMasked(vector, masked);
  }

  /** Lets time pass. */
  pass(ms: number): void {
    const { timers } = this.kernel;
    const endMs = timers.nowMs + ms;
    for (let count = 0; timers.fireNext(endMs); count++) {
      if (count > TIMERS) throw new Error(`timers go on without end within ${ms} ms`);
    }
  }

  /** A step begins: what it may do to memory has a limit. */
  beginStep(): void {
    this.#accesses = 0;
  }

  /** Tells what is done next. */
  say(action: string): void {
    this.#last.push(action);
    if (this.#last.length > TOLD) this.#last.shift();
  }

  /** The last actions. */
  get last(): readonly string[] {
    return this.#last;
  }

  #note(value: number): void {
    this.digest = (Math.imul(this.digest, 31) + value) | 0;
  }

  #domain(): PagingDomain {
    const domain = new PagingDomain();
    const count = (): void => {
      this.#accesses += 1;
      if (this.#accesses > ACCESSES)
        throw new Error(`one step takes over ${ACCESSES} DMA accesses`);
    };
    const move = (pieces: readonly MemoryPiece[], bytes: Uint8Array, isWrite: boolean): boolean => {
      count();
      let at = 0;
      for (const { address, length } of pieces) {
        const part = bytes.subarray(at, at + length);
        if (isWrite) this.memory.set(part, address);
        else part.set(this.memory.subarray(address, address + length));
        at += length;
      }
      return true;
    };
    const memory: DmaMemory = {
      read: (address, target) => move([{ address, length: target.length }], target, false),
      write: (address, source) => move([{ address, length: source.length }], source, true),
      readv: (pieces, target) => move(pieces, target, false),
      writev: (pieces, source) => move(pieces, source, true),
    };
    const pages = MEMORY_SIZE / PAGE_SIZE;
    const writable = pages - READ_ONLY_PAGES;
    const permissions = IOMMU_READ | IOMMU_WRITE;
    domain.map({ page: 0, pages: writable, memory, memoryPage: 0, permissions });
    const last = { page: writable, pages: READ_ONLY_PAGES, memory, memoryPage: writable };
    domain.map({ ...last, permissions: IOMMU_READ });
    return domain;
  }
}
