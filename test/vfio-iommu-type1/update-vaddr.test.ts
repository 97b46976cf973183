import { describe, expect, test } from 'vitest';
import { IommuGroup } from '../../src/iommu/iommu-group.js';
import {
  DmaMap,
  VFIO_DMA_MAP_FLAG_READ,
  VFIO_DMA_MAP_FLAG_VADDR,
  VFIO_DMA_UNMAP_FLAG_ALL,
  VFIO_DMA_UNMAP_FLAG_VADDR,
  VFIO_IOMMU_MAP_DMA,
} from '../../src/uapi/vfio.js';
import { BASE, PAGE, TestContainer, createProcess, device } from './test-container.js';

const A = BASE;
const B = 2 * BASE;

/** A container with A and B mapped, 4 pages each, and the pages they could move to. */
function setUp() {
  const container = new TestContainer();
  container.map(A, 4);
  container.map(B, 4, 4);
  const { address: moved, bytes } = container.memory.allocate(8 * PAGE);
  const invalidate = (iova: number, size: number, flags = 0) =>
    container.unmap(iova, size, flags | VFIO_DMA_UNMAP_FLAG_VADDR);
  const set = (iova: number, pages: number, flags = 0) =>
    container.mapWith({
      flags: flags | VFIO_DMA_MAP_FLAG_VADDR,
      vaddr: moved,
      iova,
      size: pages * PAGE,
    });
  return { container, invalidate, set, bytes };
}

describe('VFIO_UPDATE_VADDR', () => {
  test('an address is given up and taken again elsewhere', () => {
    const { container, invalidate, set, bytes } = setUp();
    expect([invalidate(A, 4 * PAGE), set(A, 4)]).toEqual([4 * PAGE, 0]);
    container.group.domain?.write(device, BigInt(A), Uint8Array.of(7));
    expect(bytes[0]).toBe(7);
  });

  test('devices keep their access while the address is invalid', () => {
    const { container, invalidate } = setUp();
    invalidate(A, 4 * PAGE);
    container.group.domain?.write(device, BigInt(A), Uint8Array.of(7));
    expect(container.bytes[0]).toBe(7);
  });

  test('nothing to invalidate is no error; a part of a mapping is', () => {
    const { invalidate } = setUp();
    expect([invalidate(3 * BASE, PAGE), invalidate(A, PAGE)]).toEqual([0, 'EINVAL']);
  });

  test('what is invalid can not be invalidated again, nor what is asked for with it', () => {
    const { container, invalidate } = setUp();
    invalidate(B, 4 * PAGE);
    expect(invalidate(0, 0, VFIO_DMA_UNMAP_FLAG_ALL)).toBe('EINVAL');
    expect(container.data.invalidVaddrs).toBe(1);
    expect(invalidate(A, 4 * PAGE)).toBe(4 * PAGE);
  });

  test('setting: ENOENT where nothing is mapped, EINVAL for a part, a valid one, or with access', () => {
    const { invalidate, set } = setUp();
    invalidate(A, 4 * PAGE);
    const answers = [set(3 * BASE, 4), set(A, 1), set(B, 4), set(A, 4, VFIO_DMA_MAP_FLAG_READ)];
    expect(answers).toEqual(['ENOENT', 'EINVAL', 'EINVAL', 'EINVAL']);
  });

  test('other memory can be mapped meanwhile', () => {
    const { container, invalidate } = setUp();
    invalidate(A, 4 * PAGE);
    expect(container.map(3 * BASE, 1)).toBe(0);
  });

  test('no group can be attached meanwhile: EBUSY', () => {
    const { container, invalidate, set } = setUp();
    const group = new IommuGroup(2, container.kernel.faults);
    invalidate(A, 4 * PAGE);
    expect(container.attach(group)).toBe('EBUSY');
    set(A, 4);
    expect(container.attach(group)).toBe(0);
  });

  test('a process that takes a mapping over takes over its locked pages', () => {
    const { container, invalidate } = setUp();
    invalidate(A, 4 * PAGE);
    const heir = createProcess();
    const { address, bytes } = heir.memory.allocate(4 * PAGE);
    const argument = heir.memory.allocate(PAGE);
    const request = { iova: BigInt(A), vaddr: BigInt(address), size: BigInt(4 * PAGE) };
    const flags = VFIO_DMA_MAP_FLAG_VADDR;
    DmaMap.encode(new DataView(argument.bytes.buffer), { argsz: DmaMap.size, flags, ...request });
    container.task = heir.task;
    expect(container.ioctl(VFIO_IOMMU_MAP_DMA, argument.address)).toBe(0);
    expect([container.memory.lockedPages, heir.memory.lockedPages]).toEqual([4, 4]);
    container.group.domain?.write(device, BigInt(A), Uint8Array.of(7));
    expect(bytes[0]).toBe(7);
  });

  test('unmapping what is invalid ends that', () => {
    const { container, invalidate } = setUp();
    invalidate(0, 0, VFIO_DMA_UNMAP_FLAG_ALL);
    container.unmap(A, 4 * PAGE);
    expect(container.data.invalidVaddrs).toBe(1);
    container.unmap(0, 0, VFIO_DMA_UNMAP_FLAG_ALL);
    expect(container.data.invalidVaddrs).toBe(0);
    expect(container.memory.lockedPages).toBe(0);
  });
});
