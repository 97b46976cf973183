// What `resource` says of BARs: lines as Linux prints them, kinds that do not come up in a machine of uvfio.

import { expect, test } from 'vitest';
import { parseResources } from '../../../src/cli/capture/resources.js';

const NONE = '0x0000000000000000 0x0000000000000000 0x0000000000000000';

test('an IDE controller in legacy mode has BARs only beyond the ranges it has always had', () => {
  const { bars, romSize } = parseResources(
    [
      '0x00000000000001f0 0x00000000000001f7 0x0000000000000110',
      '0x00000000000003f6 0x00000000000003f6 0x0000000000000110',
      '0x0000000000000170 0x0000000000000177 0x0000000000000110',
      '0x0000000000000376 0x0000000000000376 0x0000000000000110',
      '0x000000000000c040 0x000000000000c04f 0x0000000000040101',
      NONE,
      NONE,
    ].join('\n'),
  );
  expect(bars).toEqual([
    { index: 4, kind: 'io', isPrefetchable: false, size: 16, address: 0xc040n },
  ]);
  expect(romSize).toBe(0);
});

test('BARs of 64 bits, without an address, and the ROM; what SR-IOV has behind is not the function’s', () => {
  const { bars, romSize } = parseResources(
    [
      '0x0000380000000000 0x00003803ffffffff 0x000000000014220c',
      NONE,
      '0x0000000000000000 0x0000000000003fff 0x0000000020040200',
      NONE,
      NONE,
      NONE,
      '0x00000000fe340000 0x00000000fe35ffff 0x0000000000046200',
      '0x0000380400000000 0x00003804000fffff 0x000000000014220c',
    ].join('\n'),
  );
  expect(bars).toEqual([
    {
      index: 0,
      kind: 'memory64',
      isPrefetchable: true,
      size: 16 * 2 ** 30,
      address: 0x3800_0000_0000n,
    },
    { index: 2, kind: 'memory32', isPrefetchable: false, size: 16384, address: 0n },
  ]);
  expect(romSize).toBe(128 * 1024);
});
