/**
 * An IOMMU domain: the address space that devices see, from I/O virtual addresses to memory, with
 * permissions (`struct iommu_domain`).
 */
import type { Device } from '../kernel/device.js';

/** Memory a mapping leads to: an address space of a user, or anything that behaves like one. */
export interface DmaMemory {
  read(address: number, target: Uint8Array): boolean;
  write(address: number, source: Uint8Array): boolean;
}

/** A device access that failed. */
export interface IommuFault {
  readonly device: Device;
  readonly iova: bigint;
  readonly isWrite: boolean;
  readonly reason: 'no domain' | 'not mapped' | 'no permission' | 'memory gone';
}

/** What devices do through a domain. An IOMMU driver makes the object that implements it. */
export interface IommuDomain {
  /** A device reads memory. @returns the fault, when there is one; then nothing was read */
  read(device: Device, iova: bigint, target: Uint8Array): IommuFault | undefined;
  /** A device writes memory. @returns the fault, when there is one; bytes before it are written */
  write(device: Device, iova: bigint, source: Uint8Array): IommuFault | undefined;
}
