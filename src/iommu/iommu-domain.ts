/**
 * An IOMMU domain: the address space that devices see, from I/O virtual addresses to memory, with
 * permissions (`struct iommu_domain`).
 */
import type { Device } from '../kernel/device.js';

/** Memory a mapping leads to: an address space of a user, or anything that behaves like one. */
export interface DmaMemory {
  read(address: number, target: Uint8Array): boolean;
  write(address: number, source: Uint8Array): boolean;
  /** Reads pieces, one behind the other, at once. False: some were not read. Default: piece by piece. */
  readv?(pieces: readonly MemoryPiece[], target: Uint8Array): boolean;
  /** Writes pieces at once. False: some were not written. Default: piece by piece. */
  writev?(pieces: readonly MemoryPiece[], source: Uint8Array): boolean;
  /** The same memory as devices reach it, when that is another way. It may come and go. */
  readonly pinned?: DmaMemory | undefined;
  /** Bytes at an address are mapped for devices from now on, by one domain more. */
  mapped?(address: number, length: number): void;
  /** What was mapped is not any more, by one domain. */
  unmapped?(address: number, length: number): void;
}

/** Bytes at an address of a memory. */
export interface MemoryPiece {
  readonly address: number;
  readonly length: number;
}

/** A stretch of a device's address space: an element of a scatter list. */
export interface IovaRange {
  readonly iova: bigint;
  /** Bytes. */
  readonly length: number;
}

/** A device access that failed. */
export interface IommuFault {
  readonly device: Device;
  /** Where the access failed: its first address, or that of the first page behind what is mapped. */
  readonly iova: bigint;
  readonly isWrite: boolean;
  readonly reason: 'no domain' | 'not mapped' | 'no permission' | 'memory gone';
}

/** A stretch of memory that is contiguous both for the device and in the memory. */
export interface DmaSegment extends MemoryPiece {
  readonly memory: DmaMemory;
}

/** What devices do through a domain. An IOMMU driver makes the object that implements it. */
export interface IommuDomain {
  /** A device reads memory. @returns the fault, when there is one; `target` is then not to be used */
  read(device: Device, iova: bigint, target: Uint8Array): IommuFault | undefined;
  /** A device writes memory. @returns the fault, when there is one; bytes before it are written */
  write(device: Device, iova: bigint, source: Uint8Array): IommuFault | undefined;
  /**
   * A device reads what ranges lead to, one behind the other, with as few accesses as memory allows.
   * @param target as long as the ranges together
   * @returns the fault, when there is one; `target` is then not to be used
   */
  readv(device: Device, ranges: readonly IovaRange[], target: Uint8Array): IommuFault | undefined;
  /** The same for writing. @returns the fault, when there is one; bytes before it are written */
  writev(device: Device, ranges: readonly IovaRange[], source: Uint8Array): IommuFault | undefined;
  /**
   * Finds the memory behind [iova, iova + length) and appends it to `segments`, in order. What was
   * found may be kept and used for as long as `generation` stays what it is now.
   * @returns the fault, when there is one; segments up to it are appended
   */
  translate(
    device: Device,
    iova: bigint,
    length: number,
    isWrite: boolean,
    segments: DmaSegment[],
  ): IommuFault | undefined;
  /** Changes whenever a translation found before may no longer hold: it has to be found again. */
  readonly generation: number;
}
