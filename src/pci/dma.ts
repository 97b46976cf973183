/**
 * DMA of one function: every access goes through the domain of its IOMMU group, after the function's
 * own bus-master bit has allowed it. What fails is reported, and the model sees it.
 */
import type { IommuFault, IovaRange } from '../iommu/iommu-domain.js';
import { iommuGroupOf } from '../iommu/iommu-group.js';
import { transferLists } from '../iommu/transfer-lists.js';
import type { Device } from '../kernel/device.js';
import type { Diagnostics } from '../kernel/diagnostics.js';
import type { KernelLog } from '../kernel/log.js';
import { PCI_COMMAND, PCI_COMMAND_MASTER } from '../uapi/pci-regs.js';
import type { ConfigSpace } from './config-space.js';

/** An access by a function that failed. */
export interface DmaFault {
  readonly device: Device;
  readonly iova: bigint;
  /** Bytes of the access. */
  readonly length: number;
  readonly isWrite: boolean;
  readonly reason: IommuFault['reason'] | 'bus master off' | 'injected';
}

/** A driver that never notices would fill the log: later faults are counted only. */
const LOGGED_FAULTS = 100;

export class Dma {
  /** Asked before each access whether it is to fail on purpose; absent while nobody wants that. */
  inject: ((isWrite: boolean) => boolean) | undefined;
  readonly #device: Device;
  readonly #config: ConfigSpace;
  readonly #log: KernelLog;
  readonly #events: Diagnostics;
  readonly #listeners = new Set<(fault: DmaFault) => void>();
  #faultCount = 0;

  constructor(device: Device, config: ConfigSpace, log: KernelLog, events: Diagnostics) {
    this.#device = device;
    this.#config = config;
    this.#log = log;
    this.#events = events;
  }

  /** Accesses that failed since the machine started. */
  get faultCount(): number {
    return this.#faultCount;
  }

  /** Reads memory. False: nothing was read, and the fault is reported. */
  read(iova: bigint, target: Uint8Array): boolean {
    if (target.length === 0) return true;
    const reason = this.#refusal(false) ?? this.#domain()?.read(this.#device, iova, target)?.reason;
    this.#publish(iova, target, false, reason);
    return reason === undefined || this.#fault(iova, target.length, false, reason);
  }

  /** Writes memory. False: not all was written, and the fault is reported. */
  write(iova: bigint, source: Uint8Array): boolean {
    if (source.length === 0) return true;
    const reason = this.#refusal(true) ?? this.#domain()?.write(this.#device, iova, source)?.reason;
    this.#publish(iova, source, true, reason);
    return reason === undefined || this.#fault(iova, source.length, true, reason);
  }

  /**
   * Reads a scatter list: what the ranges lead to, one behind the other, with as few accesses as possible.
   * @param target as long as the ranges together
   * @returns false: nothing was read, and the fault is reported
   */
  readv(ranges: readonly IovaRange[], target: Uint8Array): boolean {
    return this.#scatter(ranges, target, false);
  }

  /** Writes a scatter list. False: not all was written, and the fault is reported. */
  writev(ranges: readonly IovaRange[], source: Uint8Array): boolean {
    return this.#scatter(ranges, source, true);
  }

  /**
   * Reads several scatter lists, each of which may fail by itself, with as few accesses as possible.
   * @param target as long as all lists together, which follow each other in it
   * @returns for each whether it was read; faults are reported
   */
  readEach(lists: readonly (readonly IovaRange[])[], target: Uint8Array): boolean[] {
    return this.#scatterEach(lists, target, false);
  }

  /** Writes several scatter lists in the same way. @returns for each whether all of it was written */
  writeEach(lists: readonly (readonly IovaRange[])[], source: Uint8Array): boolean[] {
    return this.#scatterEach(lists, source, true);
  }

  /** Calls `listener` with each fault from now on. Returns the function that ends it. */
  onFault(listener: (fault: DmaFault) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #scatter(ranges: readonly IovaRange[], bytes: Uint8Array, isWrite: boolean): boolean {
    if (bytes.length === 0) return true;
    const refusal = this.#refusal(isWrite);
    const domain = this.#domain();
    const device = this.#device;
    const fault =
      refusal !== undefined
        ? { iova: ranges[0]?.iova ?? 0n, reason: refusal }
        : isWrite
          ? domain?.writev(device, ranges, bytes)
          : domain?.readv(device, ranges, bytes);
    return this.#outcome(ranges, bytes, isWrite, fault);
  }

  #scatterEach(
    lists: readonly (readonly IovaRange[])[],
    bytes: Uint8Array,
    isWrite: boolean,
  ): boolean[] {
    const domain = this.#domain();
    const isAllowed = this.inject === undefined && this.#refusal(isWrite) === undefined;
    if (domain === undefined || !isAllowed) {
      return eachPart(lists, bytes, (ranges, part) => this.#scatter(ranges, part, isWrite));
    }
    const faults = transferLists(domain, { device: this.#device, lists, bytes, isWrite });
    const isQuiet = this.#events.dma.publish === undefined;
    if (isQuiet && faults.every((fault) => fault === undefined)) return lists.map(() => true);
    return eachPart(lists, bytes, (ranges, part, index) =>
      this.#outcome(ranges, part, isWrite, faults[index]),
    );
  }

  /** Tells of a scatter list that was moved, or not. Whether it was. */
  #outcome(
    ranges: readonly IovaRange[],
    bytes: Uint8Array,
    isWrite: boolean,
    fault: Pick<DmaFault, 'iova' | 'reason'> | undefined,
  ): boolean {
    if (this.#events.dma.publish !== undefined) this.#publishRanges(ranges, bytes, isWrite, fault);
    return fault === undefined || this.#fault(fault.iova, bytes.length, isWrite, fault.reason);
  }

  /** Ranges behind the one with the fault were not come to. */
  #publishRanges(
    ranges: readonly IovaRange[],
    bytes: Uint8Array,
    isWrite: boolean,
    fault: Pick<DmaFault, 'iova' | 'reason'> | undefined,
  ): void {
    let at = 0;
    for (const { iova, length } of ranges) {
      const isAtFault =
        fault !== undefined && fault.iova >= iova && fault.iova < iova + BigInt(length);
      const reason = isAtFault ? fault.reason : undefined;
      this.#publish(iova, bytes.subarray(at, at + length), isWrite, reason);
      if (isAtFault) return;
      at += length;
    }
  }

  #publish(
    iova: bigint,
    bytes: Uint8Array,
    isWrite: boolean,
    fault: DmaFault['reason'] | undefined,
  ) {
    this.#events.dma.publish?.({
      device: this.#device,
      domain: this.#domain(),
      iova,
      bytes,
      isWrite,
      ...(fault === undefined ? {} : { fault }),
    });
  }

  #domain() {
    return iommuGroupOf(this.#device)?.domain;
  }

  #refusal(isWrite: boolean): DmaFault['reason'] | undefined {
    if (this.inject?.(isWrite) === true) return 'injected';
    if ((this.#config.read(PCI_COMMAND, 2) & PCI_COMMAND_MASTER) === 0) return 'bus master off';
    return this.#domain() === undefined ? 'no domain' : undefined;
  }

  #fault(iova: bigint, length: number, isWrite: boolean, reason: DmaFault['reason']): false {
    this.#faultCount += 1;
    this.#report(iova, length, isWrite, reason);
    const fault = { device: this.#device, iova, length, isWrite, reason };
    for (const listener of this.#listeners) listener(fault);
    return false;
  }

  /** Says in the log what stopped DMA before an IOMMU saw it; what an IOMMU stops, it reports itself. */
  #report(iova: bigint, length: number, isWrite: boolean, reason: DmaFault['reason']): void {
    if (reason !== 'bus master off' && reason !== 'no domain') return;
    if (this.#faultCount > LOGGED_FAULTS) return;
    const direction = isWrite ? 'write' : 'read';
    this.#log.deviceWarning(
      this.#device,
      `DMA ${direction} of ${length} bytes at 0x${iova.toString(16)} failed: ${reason}`,
    );
  }
}

/** Calls with each list and its part of the bytes. */
function eachPart(
  lists: readonly (readonly IovaRange[])[],
  bytes: Uint8Array,
  call: (ranges: readonly IovaRange[], part: Uint8Array, index: number) => boolean,
): boolean[] {
  let at = 0;
  return lists.map((ranges, index) => {
    const start = at;
    for (const { length } of ranges) at += length;
    return call(ranges, bytes.subarray(start, at), index);
  });
}
