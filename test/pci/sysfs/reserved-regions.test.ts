// /sys/kernel/iommu_groups/N/reserved_regions
import { expect, test } from 'vitest';
import { Machine } from '../../../src/machine.js';

function regions(reserved: readonly string[]): string {
  const task = new Machine({ iommu: { reserved }, devices: [{ model: 'edu' }] }).task();
  const text = task.readFile('/sys/kernel/iommu_groups/0/reserved_regions');
  return typeof text === 'number' ? String(text) : new TextDecoder().decode(text);
}

test('are listed by address, in hexadecimal, with both ends', () => {
  expect(regions(['0x100000000-0x1000fffff', '0xa0000-0xbffff'])).toBe(
    [
      '0x00000000000a0000 0x00000000000bffff reserved',
      '0x00000000fee00000 0x00000000feefffff msi',
      '0x0000000100000000 0x00000001000fffff reserved',
      '',
    ].join('\n'),
  );
});

test('of one type are one where they touch or overlap; of two types they stay two', () => {
  expect(regions(['0x4000-0x7fff', '0x0-0x3fff', '0x5000-0x5fff', '0xfee00000-0xfeefffff'])).toBe(
    [
      '0x0000000000000000 0x0000000000007fff reserved',
      '0x00000000fee00000 0x00000000feefffff msi',
      '0x00000000fee00000 0x00000000feefffff reserved',
      '',
    ].join('\n'),
  );
});
