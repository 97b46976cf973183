import { describe, expect, test } from 'vitest';
import {
  DirtyPages,
  VFIO_IOMMU_DIRTY_PAGES,
  VFIO_IOMMU_DIRTY_PAGES_FLAG_START as START,
  VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP as STOP,
  VFIO_TYPE1_IOMMU,
} from '../../src/uapi/vfio.js';
import type { IommuOptions } from '../../src/iommu/iommu.js';
import { BASE, PAGE, TestContainer, device } from './test-container.js';

const A = { iova: BASE, size: 20 * PAGE };
const B = { iova: 2 * BASE, size: 4 * PAGE };
const NOTHING = '0'.repeat(32);

/** A container with 20 pages mapped at A and 4 at B, whose dirty pages are tracked. */
function setUp(iommu: IommuOptions = {}) {
  const container = new TestContainer({ iommu });
  container.map(A.iova, 20);
  container.map(B.iova, 4, 20);
  container.dirty(START);
  return container;
}

const bits = (hex: string) => hex.padEnd(32, '0');

describe('VFIO_IOMMU_DIRTY_PAGES', () => {
  test('TYPE1 has no tracking: EACCES, whatever the argument', () => {
    const container = new TestContainer({ type: VFIO_TYPE1_IOMMU });
    expect([container.dirty(START), container.ioctl(VFIO_IOMMU_DIRTY_PAGES, 16)]).toEqual([
      ...['EACCES', 'EACCES'],
    ]);
  });

  test.each([0, 8, START | STOP, 7])('flags %i are EINVAL', (flags) => {
    expect(new TestContainer().dirty(flags)).toBe('EINVAL');
  });

  test('an argsz without the flags is EINVAL', () => {
    expect(new TestContainer().dirty(START, DirtyPages.size - 1)).toBe('EINVAL');
  });

  test('starting twice and stopping twice is no error', () => {
    const container = new TestContainer();
    const answers = [STOP, START, START, STOP, STOP].map((flag) => container.dirty(flag));
    expect(answers).toEqual([0, 0, 0, 0, 0]);
  });

  test('without tracking there is no bitmap: EINVAL', () => {
    const container = setUp();
    container.dirty(STOP);
    expect([container.getBitmap(A), container.unmapWithBitmap(A)]).toEqual(['EINVAL', 'EINVAL']);
  });

  test('all mapped pages count as dirty, every time', () => {
    const container = setUp();
    expect([container.getBitmap(A), container.getBitmap(A), container.getBitmap(B)]).toEqual([
      ...[bits('ffff0f'), bits('ffff0f'), bits('0f')],
    ]);
  });

  test('a hole has no dirty pages', () => {
    expect(setUp().getBitmap({ iova: BASE + 0x80000, size: PAGE })).toBe(NOTHING);
  });

  test('a range that cuts a mapping is EINVAL', () => {
    const container = setUp();
    const cut = [
      container.getBitmap({ iova: A.iova, size: 4 * PAGE }),
      container.getBitmap({ iova: A.iova + 4 * PAGE, size: 4 * PAGE }),
    ];
    expect(cut).toEqual(['EINVAL', 'EINVAL']);
  });

  test('a wider range shifts the bits, and leaves one past the end for the next time', () => {
    const container = setUp();
    const wider = { iova: A.iova - PAGE, size: 24 * PAGE };
    expect(container.getBitmap(wider)).toBe(bits('feff1f'));
    expect(container.getBitmap(A)).toBe(bits('ffff1f'));
  });

  test('bits of mappings in the same word stand beside each other', () => {
    const container = setUp();
    container.map(A.iova + 22 * PAGE, 3, 30);
    expect(container.getBitmap({ iova: A.iova, size: 25 * PAGE })).toBe(bits('ffffcf01'));
  });

  test.each([
    ['no bitmap', { bitmapSize: 0 }],
    ['less than whole words', { bitmapSize: 7 }],
    ['a bitmap beyond all measure', { bitmapSize: 2 ** 32 }],
    ['no page size', { pgsize: 0 }],
    ['another page size', { pgsize: 2 ** 21 }],
    ['an unaligned start', { iova: BASE + 0x800 }],
    ['an unaligned size', { size: 20 * PAGE + 1 }],
    ['no size', { size: 0 }],
    ['a range that wraps', { iova: 2n ** 64n - 4096n, size: 2 * PAGE }],
    ['an argsz without the range', { argsz: 8 }],
    ['an argsz with part of the range', { argsz: 47 }],
    ['a bitmap in the kernel', { data: 0xffff_8880_0000_0000n }],
  ])('%s is EINVAL', (_name, wrong) => {
    expect(setUp().getBitmap({ ...A, ...wrong })).toBe('EINVAL');
  });

  test('a bitmap that can not be written is EFAULT', () => {
    expect(setUp().getBitmap({ ...A, data: 0x1000 })).toBe('EFAULT');
  });

  test('unmapping can answer with the dirty pages', () => {
    const container = setUp();
    expect(container.unmapWithBitmap(B)).toBe(`${B.size} ${bits('0f')}`);
    expect(container.unmapWithBitmap(B)).toBe(`0 ${NOTHING}`);
    expect(container.unmapWithBitmap({ iova: A.iova, size: 32 * PAGE })).toBe(
      `${A.size} ${bits('ffff0f')}`,
    );
  });

  test.each([
    ['a part of a mapping', { size: PAGE }],
    ['no room', { bitmapSize: 0 }],
    ['no page size', { pgsize: 0 }],
    ['an argsz without the bitmap', { argsz: 24 }],
  ])('unmapping with %s is EINVAL and unmaps nothing', (_name, wrong) => {
    const container = setUp();
    expect(container.unmapWithBitmap({ ...B, ...wrong })).toBe('EINVAL');
    expect(container.unmap(B.iova, B.size)).toBe(B.size);
  });
});

describe('dirty pages of an IOMMU that tracks writes', () => {
  const write = (container: TestContainer, page: number) =>
    container.group.domain?.write(device, BigInt(A.iova + page * PAGE), new Uint8Array(1));

  test('are those that devices wrote since the last question', () => {
    const container = setUp({ hasDirtyTracking: true });
    write(container, 2);
    write(container, 17);
    expect(container.getBitmap(A)).toBe(bits('040002'));
    expect(container.getBitmap(A)).toBe(NOTHING);
    write(container, 0);
    expect(container.getBitmap(A)).toBe(bits('01'));
  });

  test('were not written before tracking started, nor when only read', () => {
    const container = new TestContainer({ iommu: { hasDirtyTracking: true } });
    container.map(A.iova, 20);
    write(container, 1);
    container.dirty(START);
    container.group.domain?.read(device, BigInt(A.iova), new Uint8Array(1));
    expect(container.getBitmap(A)).toBe(NOTHING);
  });

  test('are found out by whoever keeps translations: they end with each question', () => {
    const container = setUp({ hasDirtyTracking: true });
    const { domain } = container.group;
    const before = domain?.generation;
    container.getBitmap(A);
    expect(domain?.generation).not.toBe(before);
    domain?.translate(device, BigInt(A.iova), PAGE + 1, true, []);
    expect(container.getBitmap(A)).toBe(bits('03'));
  });
});
