/**
 * A VFIO container: the address space that the devices of its groups see, once an IOMMU type has
 * been chosen (`/dev/vfio/vfio`).
 */
import { O_RDWR } from '../uapi/file.js';
import {
  DmaMap,
  DmaUnmap,
  Type1Info,
  VFIO_API_VERSION,
  VFIO_CHECK_EXTENSION,
  VFIO_DMA_MAP_FLAG_READ,
  VFIO_DMA_MAP_FLAG_WRITE,
  VFIO_GET_API_VERSION,
  VFIO_IOMMU_GET_INFO,
  VFIO_IOMMU_MAP_DMA,
  VFIO_IOMMU_UNMAP_DMA,
  VFIO_SET_IOMMU,
  VFIO_TYPE1_IOMMU,
  VFIO_TYPE1v2_IOMMU,
} from '../uapi/vfio.js';
import { DmaBuffer, type DmaBufferOptions } from './dma-buffer.js';
import { checked } from './error.js';
import { requestInfo } from './info.js';
import { type IommuInfo, decodeIommuInfo } from './iommu-info.js';
import type { SystemMemory, VfioSystem } from './system.js';

/** A mapping for DMA. */
export interface DmaMapping {
  /** Where devices see the memory. */
  readonly iova: bigint;
  readonly memory: SystemMemory;
  /** Bytes, a multiple of the page size. Default: all of the memory. */
  readonly length?: number;
  /** Whether devices may read and write, or only one of them. Default: both. */
  readonly access?: 'read' | 'write' | 'read-write';
}

export class Container {
  readonly system: VfioSystem;
  readonly fd: number;
  #isOpen = true;

  private constructor(system: VfioSystem, fd: number) {
    this.system = system;
    this.fd = fd;
  }

  /**
   * Opens a container and checks that it speaks this version of VFIO.
   * @throws VfioError
   */
  static open(system: VfioSystem): Container {
    const fd = checked('open /dev/vfio/vfio', system.open('/dev/vfio/vfio', O_RDWR), {
      ENOENT: 'this system has no VFIO: load the module vfio, or run the program with `uvfio run`',
      ENODEV: 'the module vfio is not loaded',
    });
    const container = new Container(system, fd);
    const version = checked('VFIO_GET_API_VERSION', system.ioctl(fd, VFIO_GET_API_VERSION, 0));
    if (version !== VFIO_API_VERSION) {
      container.close();
      throw new Error(
        `VFIO_GET_API_VERSION: ${version}, and this client speaks ${VFIO_API_VERSION}`,
      );
    }
    return container;
  }

  /** Asks for an extension, such as an IOMMU type: 0 is no, anything else yes (VFIO_CHECK_EXTENSION). */
  checkExtension(extension: number): number {
    const result = this.system.ioctl(this.fd, VFIO_CHECK_EXTENSION, extension);
    return checked('VFIO_CHECK_EXTENSION', result);
  }

  /**
   * Chooses the IOMMU type; the container needs a group first (VFIO_SET_IOMMU). A type that is
   * refused leaves the container free to try another.
   * @throws VfioError
   */
  setIommu(type: number): void {
    checked('VFIO_SET_IOMMU', this.system.ioctl(this.fd, VFIO_SET_IOMMU, type), {
      EINVAL: 'the container has no group yet, or has an IOMMU type already',
      ENODEV: `no IOMMU driver offers type ${type}`,
    });
  }

  /**
   * Chooses the best type1 IOMMU there is, v2 before v1, and returns which.
   * @throws VfioError
   */
  setType1Iommu(): number {
    const hasV2 = this.checkExtension(VFIO_TYPE1v2_IOMMU) !== 0;
    const type = hasV2 ? VFIO_TYPE1v2_IOMMU : VFIO_TYPE1_IOMMU;
    this.setIommu(type);
    return type;
  }

  /** Page sizes, valid IOVA ranges and limits of a type1 IOMMU (VFIO_IOMMU_GET_INFO). */
  iommuInfo(): IommuInfo {
    const request = { name: 'VFIO_IOMMU_GET_INFO', number: VFIO_IOMMU_GET_INFO };
    const size = Type1Info.endOf('capOffset');
    return decodeIommuInfo(
      requestInfo(this.system, this.fd, request, size, (argsz) =>
        Type1Info.create({ argsz }, Math.max(argsz, Type1Info.size)),
      ),
    );
  }

  /** Lets the devices of the container reach memory (VFIO_IOMMU_MAP_DMA). @throws VfioError */
  mapDma(mapping: DmaMapping): void {
    const { iova, memory, access = 'read-write' } = mapping;
    const request = DmaMap.create({
      argsz: DmaMap.size,
      flags:
        (access === 'write' ? 0 : VFIO_DMA_MAP_FLAG_READ) |
        (access === 'read' ? 0 : VFIO_DMA_MAP_FLAG_WRITE),
      vaddr: BigInt(memory.address),
      iova,
      size: BigInt(mapping.length ?? memory.bytes.length),
    });
    checked('VFIO_IOMMU_MAP_DMA', this.system.ioctl(this.fd, VFIO_IOMMU_MAP_DMA, request), {
      EEXIST: `IOVA 0x${iova.toString(16)} is mapped already, or part of what follows it`,
      EINVAL:
        'address, IOVA or size is no multiple of the page size, or outside the IOMMU’s ranges',
      ENOMEM: 'out of memory, or over RLIMIT_MEMLOCK (`ulimit -l`)',
      ENOSPC: 'the container has as many mappings as it may have',
    });
  }

  /** Ends mappings in a range of IOVAs; returns how many bytes were mapped (VFIO_IOMMU_UNMAP_DMA). */
  unmapDma(iova: bigint, length: number): number {
    const request = DmaUnmap.create({ argsz: DmaUnmap.size, iova, size: BigInt(length) });
    checked('VFIO_IOMMU_UNMAP_DMA', this.system.ioctl(this.fd, VFIO_IOMMU_UNMAP_DMA, request), {
      EINVAL: 'the range is not made of whole pages, or cuts a mapping in two',
    });
    return Number(DmaUnmap.decode(request).size);
  }

  /** Allocates memory and maps it for DMA, both at once. @throws VfioError */
  allocate(options: DmaBufferOptions): DmaBuffer {
    return DmaBuffer.allocate(this, options);
  }

  /** Closes the descriptor. The container lives on while groups are attached to it. Idempotent. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    checked('close of the container', this.system.close(this.fd));
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
