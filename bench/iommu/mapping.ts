// MAP_DMA and UNMAP_DMA as a program makes them, in-process: struct in memory, checks, accounting.
import { Iommu } from '../../src/iommu/iommu.js';
import { IommuGroup } from '../../src/iommu/iommu-group.js';
import { LocalDescriptorTable } from '../../src/kernel/descriptor-table.js';
import { Kernel } from '../../src/kernel/kernel.js';
import { LocalMemory } from '../../src/kernel/local-memory.js';
import { ROOT_CREDENTIALS, Task } from '../../src/kernel/task.js';
import { PAGE_SIZE } from '../../src/uapi/file.js';
import {
  DmaMap,
  DmaUnmap,
  VFIO_DMA_MAP_FLAG_READ,
  VFIO_DMA_MAP_FLAG_WRITE,
  VFIO_IOMMU_MAP_DMA,
  VFIO_IOMMU_UNMAP_DMA,
  VFIO_TYPE1v2_IOMMU,
} from '../../src/uapi/vfio.js';
import { initType1 } from '../../src/vfio-iommu-type1/index.js';
import type { Row } from '../measure.js';

const ROUNDS = 7;
const SIZES = [
  { name: '4 KiB', size: PAGE_SIZE, count: 100_000 },
  { name: '2 MiB', size: 2 ** 21, count: 20_000 },
];
const MILLION = 1_000_000;

export function mappingRows(): Row[] {
  const rows = SIZES.flatMap(({ name, size, count }) =>
    rowsOf(name, new Client(size), count, ROUNDS),
  );
  const all = rowsOf(
    `4 KiB, up to ${MILLION.toLocaleString('en')}`,
    new Client(PAGE_SIZE),
    MILLION,
    1,
  );
  return [...rows, ...all];
}

function rowsOf(name: string, client: Client, count: number, rounds: number): Row[] {
  const samples: { map: number; unmap: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    const map = timed(count, (i) => client.map(i));
    samples.push({ map, unmap: timed(count, (i) => client.unmap(i)) });
  }
  const operations = count * rounds;
  return [
    { name: `MAP_DMA of ${name}`, ns: median(samples.map(({ map }) => map)), operations },
    { name: `UNMAP_DMA of ${name}`, ns: median(samples.map(({ unmap }) => unmap)), operations },
  ];
}

/** A program with one container, which maps the same memory many times. */
class Client {
  readonly #size: number;
  readonly #memory = new LocalMemory();
  readonly #task = new Task({
    pid: 1,
    comm: 'bench',
    credentials: () => ROOT_CREDENTIALS,
    memlockLimit: () => Infinity,
    memory: this.#memory,
    files: new LocalDescriptorTable(),
  });
  readonly #view: DataView;
  readonly #argument: number;
  readonly #vaddr: bigint;
  readonly #request: (command: number) => number;

  constructor(size: number) {
    this.#size = size;
    this.#vaddr = BigInt(this.#memory.allocate(size).address);
    const { address, bytes } = this.#memory.allocate(PAGE_SIZE);
    this.#argument = address;
    this.#view = new DataView(bytes.buffer);
    const kernel = new Kernel();
    const registry = {
      registerIommuDriver: () => undefined,
      unregisterIommuDriver: () => undefined,
    };
    const iommu = new Iommu({ addressBits: 48, reservedRegions: [] });
    const options = { iommuOf: () => iommu, dmaEntryLimit: MILLION };
    const { driver } = initType1(kernel, registry, options);
    const container = driver.open(VFIO_TYPE1v2_IOMMU);
    driver.attachGroup(container, new IommuGroup(1, kernel.faults));
    this.#request = (command) => driver.ioctl(container, this.#task, command, this.#argument);
  }

  map(index: number): void {
    DmaMap.encode(this.#view, {
      argsz: DmaMap.size,
      flags: VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
      vaddr: this.#vaddr,
      iova: BigInt(index * this.#size),
      size: BigInt(this.#size),
    });
    this.#request(VFIO_IOMMU_MAP_DMA);
  }

  unmap(index: number): void {
    const iova = BigInt(index * this.#size);
    const size = BigInt(this.#size);
    DmaUnmap.encode(this.#view, { argsz: DmaUnmap.size, flags: 0, iova, size });
    this.#request(VFIO_IOMMU_UNMAP_DMA);
  }
}

/** Nanoseconds that each of `count` operations takes. */
function timed(count: number, operation: (index: number) => void): number {
  const start = process.hrtime.bigint();
  for (let i = 0; i < count; i++) operation(i);
  return Number(process.hrtime.bigint() - start) / count;
}

function median(samples: readonly number[]): number {
  return [...samples].sort((a, b) => a - b)[samples.length >> 1] ?? Number.NaN;
}
