/** A domain that maps memory from I/O virtual address 0 on, for tests of devices. */
import { IOMMU_READ, IOMMU_WRITE, PagingDomain } from '../../src/iommu/paging-domain.js';
import { PAGE_SIZE } from '../../src/uapi/file.js';

/** An access that reached the memory. */
export interface FlatAccess {
  readonly iova: number;
  readonly length: number;
  readonly isWrite: boolean;
}

/** @param bytes whole pages; @param onAccess is told of what is read and written */
export function flatDomain(
  bytes: Uint8Array,
  onAccess: (access: FlatAccess) => void = () => undefined,
): PagingDomain {
  const domain = new PagingDomain();
  const memory = {
    read(address: number, target: Uint8Array): boolean {
      onAccess({ iova: address, length: target.length, isWrite: false });
      target.set(bytes.subarray(address, address + target.length));
      return true;
    },
    write(address: number, source: Uint8Array): boolean {
      onAccess({ iova: address, length: source.length, isWrite: true });
      bytes.set(source, address);
      return true;
    },
  };
  const pages = bytes.length / PAGE_SIZE;
  domain.map({ page: 0, pages, memory, memoryPage: 0, permissions: IOMMU_READ | IOMMU_WRITE });
  return domain;
}
