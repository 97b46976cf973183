/** A container with a sPAPR TCE IOMMU, for tests of its requests: the driver without the core. */
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
  DmaMap,
  DmaUnmap,
  VFIO_DMA_MAP_FLAG_READ,
  VFIO_DMA_MAP_FLAG_WRITE,
  VFIO_IOMMU_MAP_DMA,
  VFIO_IOMMU_UNMAP_DMA,
  VFIO_SPAPR_TCE_IOMMU,
  VFIO_SPAPR_TCE_v2_IOMMU,
} from '../../src/uapi/vfio.js';
import {
  SpaprRegisterMemory,
  SpaprTceCreate,
  SpaprTceRemove,
  VFIO_IOMMU_SPAPR_REGISTER_MEMORY,
  VFIO_IOMMU_SPAPR_TCE_CREATE,
  VFIO_IOMMU_SPAPR_TCE_REMOVE,
  VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY,
} from '../../src/uapi/vfio-spapr.js';
import { Vfio } from '../../src/vfio/index.js';
import {
  initSpaprTce,
  type SpaprTceModule,
  type SpaprTceOptions,
  type TceContainer,
} from '../../src/vfio-iommu-spapr-tce/index.js';

export const PAGE = PAGE_SIZE;
export const RW = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE;
/** The second window begins here. */
export const HIGH_WINDOW = 1n << 59n;
export const device = new Device('0001:01:00.0');

/** What a request answers: a number, or the name of an error. */
export type Answer = number | string;

export interface TestContainerOptions {
  readonly hardware?: SpaprTceOptions;
  /** RLIMIT_MEMLOCK in pages, of a process that may not lock at will. Default: no limit. */
  readonly memlockPages?: number;
}

export class TestContainer {
  readonly kernel = new Kernel();
  readonly module: SpaprTceModule;
  readonly data: TceContainer;
  readonly group = new IommuGroup(1, this.kernel.faults);
  readonly memory = new LocalMemory(0x7000_0000_0000);
  readonly task: Task;
  /** 256 KiB of the process's memory, aligned to 64 KiB. */
  readonly vaddr: number;

  constructor(isV2: boolean, { hardware = {}, memlockPages }: TestContainerOptions = {}) {
    const vfio = new Vfio(this.kernel);
    vfio.init();
    this.module = initSpaprTce(this.kernel, vfio, hardware);
    this.task = createTask(this.memory, memlockPages);
    this.vaddr = this.memory.allocate(64 * PAGE).address;
    this.data = this.module.driver.open(isV2 ? VFIO_SPAPR_TCE_v2_IOMMU : VFIO_SPAPR_TCE_IOMMU);
    this.attach(this.group);
  }

  attach(group: IommuGroup): Answer {
    return answerOf(() => this.module.driver.attachGroup(this.data, group));
  }

  /** A request with the address of `argument`, or with the number that it is. */
  ioctl(command: number, argument: number | DataView = 0, task: Task = this.task): Answer {
    const { driver } = this.module;
    if (typeof argument === 'number') {
      return answerOf(() => driver.ioctl(this.data, task, command, argument));
    }
    const { buffer, byteOffset, byteLength } = argument;
    const address = this.memory.map(new Uint8Array(buffer, byteOffset, byteLength));
    const answer = answerOf(() => driver.ioctl(this.data, task, command, address));
    this.memory.unmap(address);
    return answer;
  }

  map(iova: number | bigint, size: number, vaddr = this.vaddr, flags = RW): Answer {
    const view = DmaMap.create({
      argsz: DmaMap.size,
      flags,
      vaddr: BigInt(vaddr),
      iova: BigInt(iova),
      size: BigInt(size),
    });
    return this.ioctl(VFIO_IOMMU_MAP_DMA, view);
  }

  unmap(iova: number | bigint, size: number, flags = 0): Answer {
    const range = { iova: BigInt(iova), size: BigInt(size) };
    const view = DmaUnmap.create({ argsz: DmaUnmap.size, flags, ...range });
    return this.ioctl(VFIO_IOMMU_UNMAP_DMA, view);
  }

  register(vaddr: number, size: number): Answer {
    return this.ioctl(VFIO_IOMMU_SPAPR_REGISTER_MEMORY, registration(vaddr, size));
  }

  unregister(vaddr: number, size: number): Answer {
    return this.ioctl(VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, registration(vaddr, size));
  }

  /** Makes a window: its bus address, or the error. */
  createWindow(pageShift: number, windowSize: number | bigint, levels = 1): bigint | Answer {
    const { size: argsz } = SpaprTceCreate;
    const shape = { pageShift, windowSize: BigInt(windowSize), levels };
    const view = SpaprTceCreate.create({ argsz, ...shape });
    const answer = this.ioctl(VFIO_IOMMU_SPAPR_TCE_CREATE, view);
    return answer === 0 ? SpaprTceCreate.decode(view).startAddr : answer;
  }

  removeWindow(startAddr: bigint): Answer {
    const view = SpaprTceRemove.create({ argsz: SpaprTceRemove.size, startAddr });
    return this.ioctl(VFIO_IOMMU_SPAPR_TCE_REMOVE, view);
  }

  /** Why devices can't write at an address, if they can't. */
  write(iova: number | bigint, value = 1): string | undefined {
    const { domain } = this.group;
    if (domain === undefined) return 'no domain';
    return domain.write(device, BigInt(iova), Uint8Array.of(value))?.reason;
  }

  read(iova: number | bigint): string | undefined {
    return this.group.domain?.read(device, BigInt(iova), new Uint8Array(1))?.reason;
  }
}

export function createTask(memory: LocalMemory, memlockPages = Infinity): Task {
  const ipcLock = memlockPages === Infinity;
  return new Task({
    pid: 1,
    comm: 'test',
    credentials: () => ({ ...ROOT_CREDENTIALS, ipcLock }),
    memlockLimit: () => memlockPages * PAGE,
    memory,
    files: new LocalDescriptorTable(),
  });
}

function registration(vaddr: number, size: number): DataView {
  const range = { vaddr: BigInt(vaddr), size: BigInt(size) };
  return SpaprRegisterMemory.create({ argsz: SpaprRegisterMemory.size, flags: 0, ...range });
}

function answerOf(call: () => number): Answer {
  try {
    return call();
  } catch (error) {
    const errno = resultOfError(error);
    return errnoName(errno) ?? errno;
  }
}
