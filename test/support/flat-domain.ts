/** A domain that maps memory from I/O virtual address 0 on, for tests of devices. */
import type { MemoryPiece } from '../../src/iommu/iommu-domain.js';
import { IOMMU_READ, IOMMU_WRITE, PagingDomain } from '../../src/iommu/paging-domain.js';
import { PAGE_SIZE } from '../../src/uapi/file.js';

/** An access that reached the memory. */
export interface FlatAccess {
  readonly iova: number;
  readonly length: number;
  readonly isWrite: boolean;
}

/**
 * @param bytes whole pages
 * @param onAccess is told of what is read and written
 * @param onTransfer is told how many pieces of memory were read or written at once
 */
export function flatDomain(
  bytes: Uint8Array,
  onAccess: (access: FlatAccess) => void = () => undefined,
  onTransfer: (pieces: number) => void = () => undefined,
): PagingDomain {
  const domain = new PagingDomain();
  const move = (pieces: readonly MemoryPiece[], other: Uint8Array, isWrite: boolean): boolean => {
    onTransfer(pieces.length);
    let at = 0;
    for (const { address, length } of pieces) {
      onAccess({ iova: address, length, isWrite });
      const part = other.subarray(at, at + length);
      if (isWrite) bytes.set(part, address);
      else part.set(bytes.subarray(address, address + length));
      at += length;
    }
    return true;
  };
  const memory = {
    read: (address: number, target: Uint8Array) =>
      move([{ address, length: target.length }], target, false),
    write: (address: number, source: Uint8Array) =>
      move([{ address, length: source.length }], source, true),
    readv: (pieces: readonly MemoryPiece[], target: Uint8Array) => move(pieces, target, false),
    writev: (pieces: readonly MemoryPiece[], source: Uint8Array) => move(pieces, source, true),
  };
  const pages = bytes.length / PAGE_SIZE;
  domain.map({ page: 0, pages, memory, memoryPage: 0, permissions: IOMMU_READ | IOMMU_WRITE });
  return domain;
}
