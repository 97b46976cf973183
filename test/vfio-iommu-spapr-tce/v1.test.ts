import { describe, expect, test } from 'vitest';
import { IommuGroup } from '../../src/iommu/iommu-group.js';
import { LocalMemory } from '../../src/kernel/local-memory.js';
import {
  VFIO_DMA_MAP_FLAG_READ,
  VFIO_IOMMU_DISABLE,
  VFIO_IOMMU_ENABLE,
  VFIO_IOMMU_MAP_DMA,
} from '../../src/uapi/vfio.js';
import { SpaprTceInfo, VFIO_IOMMU_SPAPR_TCE_GET_INFO } from '../../src/uapi/vfio-spapr.js';
import { PAGE, TestContainer, createTask } from './test-container.js';

const WINDOW_PAGES = 2 ** 31 / PAGE;

function enabled() {
  const container = new TestContainer(false);
  container.ioctl(VFIO_IOMMU_ENABLE);
  return container;
}

describe('VFIO_IOMMU_ENABLE', () => {
  test('locks as many pages as the window has', () => {
    expect(enabled().memory.lockedPages).toBe(WINDOW_PAGES);
  });

  test('twice is EBUSY', () => {
    expect(enabled().ioctl(VFIO_IOMMU_ENABLE)).toBe('EBUSY');
  });

  test('over RLIMIT_MEMLOCK is ENOMEM', () => {
    const container = new TestContainer(false, { memlockPages: WINDOW_PAGES - 1 });
    expect(container.ioctl(VFIO_IOMMU_ENABLE)).toBe('ENOMEM');
  });

  test('without a group is ENODEV', () => {
    const container = new TestContainer(false);
    container.module.driver.detachGroup(container.data, container.group);
    expect(container.ioctl(VFIO_IOMMU_ENABLE)).toBe('ENODEV');
  });

  test('is undone by DISABLE', () => {
    const container = enabled();
    container.ioctl(VFIO_IOMMU_DISABLE);
    expect([container.memory.lockedPages, container.map(0, PAGE)]).toEqual([0, 'EPERM']);
  });
});

describe('mapping in a v1 container', () => {
  test('takes ENABLE first: EPERM, even for an argument that can not be read', () => {
    expect(new TestContainer(false).ioctl(VFIO_IOMMU_MAP_DMA, 16)).toBe('EPERM');
  });

  test('gives devices access, and takes it away page by page', () => {
    const container = enabled();
    container.map(0x10000, 4 * PAGE);
    expect(container.unmap(0x11000, PAGE)).toBe(0);
    const pages = [0x10000, 0x11000, 0x12000, 0x13000].map((iova) => container.write(iova));
    expect(pages).toEqual([undefined, 'not mapped', undefined, undefined]);
  });

  test('over what is mapped replaces it', () => {
    const container = enabled();
    container.map(0x10000, 2 * PAGE);
    expect(container.map(0x10000, PAGE, container.vaddr, VFIO_DMA_MAP_FLAG_READ)).toBe(0);
    expect([container.write(0x10000), container.write(0x11000)]).toEqual([
      ...['no permission', undefined],
    ]);
  });

  test.each([
    ['outside the window', 2 ** 31, PAGE, 'ENXIO'],
    ['over the end of the window', 2 ** 31 - PAGE, 2 * PAGE, 'EINVAL'],
    ['at an unaligned address', 0x800, PAGE, 'EINVAL'],
    ['of an unaligned size', 0, PAGE + 1, 'EINVAL'],
    ['of more than there is', 0, 65 * PAGE, 'EFAULT'],
  ])('%s is refused', (_name, iova, size, error) => {
    expect(enabled().map(iova, size)).toBe(error);
  });

  test('needs an access: EINVAL', () => {
    const container = enabled();
    expect(container.map(0, PAGE, container.vaddr, 0)).toBe('EINVAL');
  });

  test('unmapping outside the window is ENXIO, with flags EINVAL, of nothing 0', () => {
    const container = enabled();
    const answers = [container.unmap(2 ** 31, PAGE), container.unmap(0, PAGE, 1)];
    expect([...answers, container.unmap(0, PAGE)]).toEqual(['ENXIO', 'EINVAL', 0]);
  });
});

describe('a v1 container', () => {
  test('takes one group only: EBUSY', () => {
    const container = new TestContainer(false);
    expect(container.attach(new IommuGroup(2, container.kernel.faults))).toBe('EBUSY');
  });

  test('serves one process only: EPERM', () => {
    const container = enabled();
    const other = createTask(new LocalMemory());
    expect(container.ioctl(VFIO_IOMMU_DISABLE, 0, other)).toBe('EPERM');
  });

  test('has no windows to make and no memory to register: ENOTTY', () => {
    const container = enabled();
    expect([
      container.register(container.vaddr, PAGE),
      container.createWindow(12, 2 ** 31),
    ]).toEqual(['ENOTTY', 'ENOTTY']);
  });

  test('gives everything back when it is released', () => {
    const container = enabled();
    container.map(0, PAGE);
    container.module.driver.release(container.data);
    expect([container.memory.lockedPages, container.group.domain]).toEqual([0, undefined]);
  });
});

describe('VFIO_IOMMU_SPAPR_TCE_GET_INFO', () => {
  const info = (container: TestContainer, argsz: number) => {
    const view = new DataView(new Uint8Array(SpaprTceInfo.size).fill(0xaa).buffer);
    SpaprTceInfo.encode(view, { argsz });
    const answer = container.ioctl(VFIO_IOMMU_SPAPR_TCE_GET_INFO, view);
    return answer === 0 ? SpaprTceInfo.decode(view) : answer;
  };

  test('tells where the window is', () => {
    expect(info(new TestContainer(false), SpaprTceInfo.size)).toEqual({
      ...{ argsz: 32, flags: 0, dma32WindowStart: 0, dma32WindowSize: 2 ** 31 },
      ...{ ddwPgsizes: 0n, ddwMaxDynamicWindowsSupported: 0, ddwLevels: 0 },
    });
  });

  test('tells v2 which windows can be made', () => {
    expect(info(new TestContainer(true), SpaprTceInfo.size)).toMatchObject({
      ...{ flags: 1, ddwPgsizes: 0x1011000n, ddwMaxDynamicWindowsSupported: 2, ddwLevels: 5 },
    });
  });

  test('writes nothing beyond the argsz of the first version', () => {
    expect(info(new TestContainer(true), 16)).toMatchObject({ ddwLevels: 0xaaaaaaaa });
    expect(info(new TestContainer(true), 15)).toBe('EINVAL');
  });

  test('without a group is ENXIO', () => {
    const container = new TestContainer(false);
    container.module.driver.detachGroup(container.data, container.group);
    expect(info(container, 16)).toBe('ENXIO');
  });
});
