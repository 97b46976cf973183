import { describe, expect, test } from 'vitest';
import { DmaMap, VFIO_DMA_UNMAP_FLAG_ALL, VFIO_IOMMU_MAP_DMA } from '../../src/uapi/vfio.js';
import { BASE, PAGE, RW, TestContainer, createProcess } from './test-container.js';

const limited = (pages: number) => new TestContainer({ memlockPages: pages, ipcLock: false });

describe('locked memory', () => {
  test('a mapping over the limit is ENOMEM, and locks nothing', () => {
    const container = limited(16);
    expect(container.map(BASE, 17)).toBe('ENOMEM');
    expect(container.memory.lockedPages).toBe(0);
    expect(container.unmap(0, 0, VFIO_DMA_UNMAP_FLAG_ALL)).toBe(0);
  });

  test('the limit can be reached, not passed', () => {
    const container = limited(16);
    expect([container.map(BASE, 16), container.map(2 * BASE, 1)]).toEqual([0, 'ENOMEM']);
  });

  test('the same memory counts again when it is mapped again', () => {
    const container = limited(16);
    expect([
      container.map(BASE, 8),
      container.map(2 * BASE, 8),
      container.map(3 * BASE, 1),
    ]).toEqual([0, 0, 'ENOMEM']);
  });

  test('unmapping gives it back', () => {
    const container = limited(16);
    container.map(BASE, 16);
    container.unmap(BASE, 16 * PAGE);
    expect(container.map(2 * BASE, 16)).toBe(0);
  });

  test('who may lock memory at will is not limited, but counted', () => {
    const container = new TestContainer({ memlockPages: 4, ipcLock: true });
    expect(container.map(BASE, 32)).toBe(0);
    expect(container.memory.lockedPages).toBe(32);
  });

  test('memory that the program has locked itself counts too', () => {
    const container = limited(16);
    Object.assign(container.memory, { mlockedPages: () => 8 });
    expect([container.map(BASE, 9), container.map(BASE, 8)]).toEqual(['ENOMEM', 0]);
  });

  test('device memory counts nothing', () => {
    const container = limited(0);
    const bar = container.memory.map(new Uint8Array(PAGE), { isDeviceMemory: true });
    expect(container.mapWith({ vaddr: bar })).toBe(0);
    expect(container.memory.lockedPages).toBe(0);
  });

  test.each([
    [63, 'ENOMEM'],
    [64, 'EFAULT'],
  ])('with a limit of %i, 64 good pages and a missing one are %s', (limit, error) => {
    expect(limited(limit).map(BASE, 65)).toBe(error);
  });

  test('the log names the limit in bytes', () => {
    const container = limited(16);
    const texts: string[] = [];
    container.kernel.log.subscribe(({ text }) => texts.push(text));
    container.map(BASE, 17);
    expect(texts).toEqual(['vfio_pin_pages_remote: RLIMIT_MEMLOCK (65536) exceeded']);
  });

  test('each process answers for what it mapped, whoever unmaps it', () => {
    const container = new TestContainer();
    const other = createProcess();
    const first = container.task;
    container.map(BASE, 2);
    container.task = other.task;
    const { address } = other.memory.allocate(3 * PAGE);
    // The argument is in the other process's memory as well.
    const argument = other.memory.allocate(PAGE);
    DmaMap.encode(new DataView(argument.bytes.buffer), {
      argsz: DmaMap.size,
      flags: RW,
      vaddr: BigInt(address),
      iova: BigInt(2 * BASE),
      size: BigInt(3 * PAGE),
    });
    expect(container.ioctl(VFIO_IOMMU_MAP_DMA, argument.address)).toBe(0);
    expect([container.memory.lockedPages, other.memory.lockedPages]).toEqual([2, 3]);
    container.task = first;
    container.unmap(0, 0, VFIO_DMA_UNMAP_FLAG_ALL);
    expect([container.memory.lockedPages, other.memory.lockedPages]).toEqual([0, 0]);
  });

  test('releasing the container unlocks everything', () => {
    const container = new TestContainer();
    container.map(BASE, 5);
    container.module.driver.release(container.data);
    expect(container.memory.lockedPages).toBe(0);
  });
});
