/** A container with a type1 IOMMU, for tests of its requests: the driver without the core around it. */
import { Iommu, type IommuOptions } from '../../src/iommu/iommu.js';
import { IommuGroup } from '../../src/iommu/iommu-group.js';
import { LocalDescriptorTable } from '../../src/kernel/descriptor-table.js';
import { Device } from '../../src/kernel/device.js';
import { resultOfError } from '../../src/kernel/error.js';
import { Kernel } from '../../src/kernel/kernel.js';
import { LocalMemory } from '../../src/kernel/local-memory.js';
import { ROOT_CREDENTIALS, Task } from '../../src/kernel/task.js';
import { errnoName } from '../../src/uapi/errno.js';
import { PAGE_SIZE } from '../../src/uapi/file.js';
import {
  DirtyBitmap,
  DirtyPages,
  DirtyPagesGet,
  DmaMap,
  DmaUnmap,
  VFIO_CHECK_EXTENSION,
  VFIO_DMA_MAP_FLAG_READ,
  VFIO_DMA_MAP_FLAG_WRITE,
  VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP,
  VFIO_IOMMU_DIRTY_PAGES,
  VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP,
  VFIO_IOMMU_MAP_DMA,
  VFIO_IOMMU_UNMAP_DMA,
  VFIO_TYPE1v2_IOMMU,
} from '../../src/uapi/vfio.js';
import { Vfio } from '../../src/vfio/index.js';
import { initType1, type Type1Iommu, type Type1Module } from '../../src/vfio-iommu-type1/index.js';

export const PAGE = PAGE_SIZE;
export const BASE = 0x100000;
export const RW = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE;
export const device = new Device('0000:00:03.0');

/** What a request answers: a number, or the name of an error. */
export type Answer = number | string;

/** What can be said of a test's process. */
export interface ProcessOptions {
  /** RLIMIT_MEMLOCK in pages. Default: none. */
  readonly memlockPages?: number;
  /** Whether it may lock memory at will. Default: yes. */
  readonly ipcLock?: boolean;
}

export function createProcess({ memlockPages = Infinity, ipcLock = true }: ProcessOptions = {}) {
  const memory = new LocalMemory();
  const task = new Task({
    pid: 1,
    comm: 'test',
    credentials: () => ({ ...ROOT_CREDENTIALS, ipcLock }),
    memlockLimit: () => memlockPages * PAGE,
    memory,
    files: new LocalDescriptorTable(),
  });
  return { task, memory };
}

/** What can be said of a test's container. */
export interface TestContainerOptions extends ProcessOptions {
  readonly type?: number;
  readonly iommu?: IommuOptions;
  readonly entryLimit?: number;
}

export class TestContainer {
  readonly kernel = new Kernel();
  readonly module: Type1Module;
  readonly data: Type1Iommu;
  readonly group = new IommuGroup(1, this.kernel.faults);
  readonly memory: LocalMemory;
  task: Task;
  /** Sixty-four pages of the process's memory. */
  readonly vaddr: number;
  readonly bytes: Uint8Array;

  constructor(options: TestContainerOptions = {}) {
    const vfio = new Vfio(this.kernel);
    vfio.init();
    const iommu = new Iommu(options.iommu);
    this.module = initType1(this.kernel, vfio, {
      iommuOf: () => iommu,
      ...(options.entryLimit === undefined ? {} : { dmaEntryLimit: options.entryLimit }),
    });
    const { task, memory } = createProcess(options);
    this.task = task;
    this.memory = memory;
    const { address, bytes } = memory.allocate(64 * PAGE);
    this.vaddr = address;
    this.bytes = bytes;
    this.data = this.module.driver.open(options.type ?? VFIO_TYPE1v2_IOMMU);
    this.module.driver.attachGroup(this.data, this.group);
  }

  /** A request with the address of `argument`, or with the number that it is. */
  ioctl(command: number, argument: number | DataView): Answer {
    if (typeof argument === 'number') return this.#ioctl(command, argument);
    const { buffer, byteOffset, byteLength } = argument;
    const address = this.memory.map(new Uint8Array(buffer, byteOffset, byteLength));
    const answer = this.#ioctl(command, address);
    this.memory.unmap(address);
    return answer;
  }

  /** Maps pages of the process's memory, from its page `memoryPage` on. */
  map(iova: number | bigint, pages: number, memoryPage = 0): Answer {
    return this.mapWith({ iova, size: pages * PAGE, vaddr: this.vaddr + memoryPage * PAGE });
  }

  mapWith(request: {
    readonly argsz?: number;
    readonly flags?: number;
    readonly vaddr?: number | bigint;
    readonly iova?: number | bigint;
    readonly size?: number | bigint;
  }): Answer {
    const { argsz = DmaMap.size, flags = RW } = request;
    const vaddr = BigInt(request.vaddr ?? this.vaddr);
    const iova = BigInt(request.iova ?? BASE);
    const size = BigInt(request.size ?? PAGE);
    return this.ioctl(VFIO_IOMMU_MAP_DMA, DmaMap.create({ argsz, flags, vaddr, iova, size }));
  }

  /** Unmaps, and answers with the bytes unmapped. */
  unmap(iova: number | bigint, size: number | bigint, flags = 0, argsz = DmaUnmap.size): Answer {
    const view = DmaUnmap.create({ argsz, flags, iova: BigInt(iova), size: BigInt(size) });
    const answer = this.ioctl(VFIO_IOMMU_UNMAP_DMA, view);
    return answer === 0 ? Number(DmaUnmap.decode(view).size) : answer;
  }

  dirty(flags: number, argsz = DirtyPages.size): Answer {
    return this.ioctl(VFIO_IOMMU_DIRTY_PAGES, DirtyPages.create({ argsz, flags }));
  }

  /** Asks for the dirty pages of a range: the bitmap as hexadecimal bytes, or the error. */
  getBitmap(request: BitmapQuery): Answer {
    const { argsz = DirtyPages.size + DirtyPagesGet.size } = request;
    const bitmap = this.#lendBitmap(request);
    const view = new DataView(new ArrayBuffer(DirtyPages.size + DirtyPagesGet.size));
    DirtyPages.encode(view, { argsz, flags: VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP });
    const { pgsize, data, bytes } = bitmap;
    const range = { iova: BigInt(request.iova), size: BigInt(request.size) };
    DirtyPagesGet.encode(view, { ...range, pgsize, data, bitmapSize: bytes }, DirtyPages.size);
    const answer = this.ioctl(VFIO_IOMMU_DIRTY_PAGES, view);
    return answer === 0 ? bitmap.text() : answer;
  }

  /** Unmaps a range and asks for its dirty pages: `SIZE BITMAP`, or the error. */
  unmapWithBitmap(request: BitmapQuery): Answer {
    const { argsz = DmaUnmap.size + DirtyBitmap.size } = request;
    const bitmap = this.#lendBitmap(request);
    const view = new DataView(new ArrayBuffer(DmaUnmap.size + DirtyBitmap.size));
    const flags = VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP;
    const range = { iova: BigInt(request.iova), size: BigInt(request.size) };
    DmaUnmap.encode(view, { argsz, flags, ...range });
    const { pgsize, data, bytes } = bitmap;
    DirtyBitmap.encode(view, { pgsize, size: bytes, data }, DmaUnmap.size);
    const answer = this.ioctl(VFIO_IOMMU_UNMAP_DMA, view);
    return answer === 0 ? `${DmaUnmap.decode(view).size} ${bitmap.text()}` : answer;
  }

  checkExtension(extension: number): Answer {
    return this.ioctl(VFIO_CHECK_EXTENSION, extension);
  }

  /** Attaches one more group. */
  attach(group: IommuGroup): Answer {
    return answerOf(() => this.module.driver.attachGroup(this.data, group));
  }

  #lendBitmap({ pgsize = PAGE, bitmapSize = 8, data }: BitmapQuery) {
    const { address, bytes } = this.memory.allocate(PAGE);
    return {
      pgsize: BigInt(pgsize),
      bytes: BigInt(bitmapSize),
      data: BigInt(data ?? address),
      text: () => Buffer.from(bytes.subarray(0, 16)).toString('hex'),
    };
  }

  #ioctl(command: number, argument: number): Answer {
    return answerOf(() => this.module.driver.ioctl(this.data, this.task, command, argument));
  }
}

/** A question for dirty pages; sizes in bytes. */
export interface BitmapQuery {
  readonly argsz?: number;
  readonly iova: number | bigint;
  readonly size: number | bigint;
  readonly pgsize?: number;
  readonly bitmapSize?: number;
  /** Where the bitmap is wanted. Default: a zeroed page. */
  readonly data?: number | bigint;
}

function answerOf(call: () => number): Answer {
  try {
    return call();
  } catch (error) {
    const errno = resultOfError(error);
    return errnoName(errno) ?? errno;
  }
}
