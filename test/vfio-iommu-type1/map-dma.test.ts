import { describe, expect, test } from 'vitest';
import {
  VFIO_DMA_MAP_FLAG_READ,
  VFIO_DMA_MAP_FLAG_WRITE,
  VFIO_IOMMU_MAP_DMA,
} from '../../src/uapi/vfio.js';
import { BASE, PAGE, TestContainer, device } from './test-container.js';

describe('VFIO_IOMMU_MAP_DMA', () => {
  test('gives the devices of the group access to the memory of the caller', () => {
    const container = new TestContainer();
    container.map(BASE, 4);
    container.group.domain?.write(device, BigInt(BASE + PAGE + 8), Uint8Array.of(1, 2, 3));
    expect([...container.bytes.subarray(PAGE + 8, PAGE + 11)]).toEqual([1, 2, 3]);
  });

  test.each([
    ['the same', 0, 4],
    ['a part', 1, 1],
    ['its beginning, from before it', -1, 2],
    ['its end, to behind it', 3, 2],
    ['more on both sides', -1, 6],
  ])('refuses %s of what is mapped: EEXIST', (_name, first, pages) => {
    const container = new TestContainer();
    container.map(BASE, 4);
    expect(container.map(BASE + first * PAGE, pages)).toBe('EEXIST');
  });

  test('takes what touches a mapping on either side', () => {
    const container = new TestContainer();
    container.map(BASE, 4);
    expect([container.map(BASE - PAGE, 1), container.map(BASE + 4 * PAGE, 1)]).toEqual([0, 0]);
  });

  test('the same memory can be mapped twice', () => {
    const container = new TestContainer();
    expect([container.map(BASE, 2), container.map(2 * BASE, 2)]).toEqual([0, 0]);
    expect(container.memory.lockedPages).toBe(4);
  });

  test('an argument that can not be read is EFAULT', () => {
    expect(new TestContainer().ioctl(VFIO_IOMMU_MAP_DMA, 16)).toBe('EFAULT');
  });

  test('an access that was not asked for is refused to devices', () => {
    const container = new TestContainer();
    container.mapWith({ flags: VFIO_DMA_MAP_FLAG_READ });
    const fault = container.group.domain?.write(device, BigInt(BASE), new Uint8Array(1));
    expect(fault?.reason).toBe('no permission');
  });

  test.each([
    [false, undefined],
    [true, 'no permission'],
  ])('write-only mappings can be read, unless the IOMMU has such: %s', (hasThem, reason) => {
    const container = new TestContainer({ iommu: { hasWriteOnlyMappings: hasThem } });
    container.mapWith({ flags: VFIO_DMA_MAP_FLAG_WRITE });
    const fault = container.group.domain?.read(device, BigInt(BASE), new Uint8Array(1));
    expect(fault?.reason).toBe(reason);
  });

  describe('with as many mappings as the container may hold', () => {
    test('one more is ENOSPC, but an overlap still EEXIST', () => {
      const container = new TestContainer({ entryLimit: 2 });
      container.map(BASE, 1);
      container.map(2 * BASE, 1);
      expect(container.map(3 * BASE, 1)).toBe('ENOSPC');
      expect(container.map(BASE, 1)).toBe('EEXIST');
      expect(container.map(0xfee00000, 1)).toBe('ENOSPC');
    });

    test('unmapping makes room', () => {
      const container = new TestContainer({ entryLimit: 1 });
      container.map(BASE, 1);
      container.unmap(BASE, PAGE);
      expect(container.map(2 * BASE, 1)).toBe(0);
    });

    test('the limit is that of when the IOMMU was set', () => {
      const container = new TestContainer({ entryLimit: 1 });
      container.module.parameters.dmaEntryLimit = 9;
      container.map(BASE, 1);
      expect(container.map(2 * BASE, 1)).toBe('ENOSPC');
    });
  });
});
