import { describe, expect, test } from 'vitest';
import { Iommu } from '../../src/iommu/iommu.js';
import { excludeRange, intersectRanges, rangesContain } from '../../src/iommu/iova-ranges.js';
import { iovaOfPage, offsetOfIova, pageOfIova } from '../../src/iommu/iova.js';

describe('IOMMU', () => {
  test('translates 39 bits but the interrupt window, unless described otherwise', () => {
    expect(new Iommu().validRanges).toEqual([
      { first: 0, end: 0xfee00 },
      { first: 0xfef00, end: 2 ** 27 },
    ]);
  });

  test('leaves to users what it reserves until a user takes over', () => {
    const iommu = new Iommu({
      reservedRegions: [{ start: 0n, end: 0xffffffn, type: 'direct-relaxable' }],
    });
    expect(iommu.validRanges).toEqual([{ first: 0, end: 2 ** 27 }]);
  });
});

describe('IOVA ranges', () => {
  test('a hole takes out what it covers, from any side', () => {
    const ranges = [
      { first: 0, end: 10 },
      { first: 20, end: 30 },
    ];
    expect(excludeRange(ranges, { first: 8, end: 22 })).toEqual([
      { first: 0, end: 8 },
      { first: 22, end: 30 },
    ]);
    expect(excludeRange(ranges, { first: 0, end: 40 })).toEqual([]);
  });

  test('an intersection is what is in both', () => {
    const left = [{ first: 0, end: 10 }];
    const right = [
      { first: 2, end: 4 },
      { first: 8, end: 12 },
    ];
    expect(intersectRanges(left, right)).toEqual([
      { first: 2, end: 4 },
      { first: 8, end: 10 },
    ]);
  });

  test('a range over a hole is not contained, though both ends are', () => {
    expect(
      rangesContain(
        [
          { first: 0, end: 4 },
          { first: 6, end: 9 },
        ],
        3,
        7,
      ),
    ).toBe(false);
  });
});

describe('IOVA', () => {
  test.each([0n, 0x1234n, 0xffff_ffffn, 0x12_3456_789an, 0x8000_0000_0000_0fffn, 2n ** 64n - 1n])(
    '%i is its page and its offset',
    (iova) => {
      const page = pageOfIova(iova);
      expect(iovaOfPage(page) + BigInt(offsetOfIova(iova))).toBe(iova);
    },
  );
});
