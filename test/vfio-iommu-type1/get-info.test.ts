import { describe, expect, test } from 'vitest';
import { Type1Info, VFIO_IOMMU_GET_INFO } from '../../src/uapi/vfio.js';
import { decodeIommuInfo } from '../../src/client/iommu-info.js';
import { BASE, TestContainer } from './test-container.js';

/** Asks with an argsz, in a buffer of `room` bytes that were all 0xaa. */
function ask(container: TestContainer, argsz: number, room = 256) {
  const view = new DataView(new Uint8Array(room).fill(0xaa).buffer);
  Type1Info.encode(view, { argsz });
  return { answer: container.ioctl(VFIO_IOMMU_GET_INFO, view), view };
}

describe('VFIO_IOMMU_GET_INFO', () => {
  test.each([0, 8, 15])('argsz %i, too small for the first version, is EINVAL', (argsz) => {
    expect(ask(new TestContainer(), argsz).answer).toBe('EINVAL');
  });

  test.each([
    [16, 116, 0xaaaaaaaa],
    [19, 116, 0xaaaaaaaa],
    [20, 116, 0],
    [115, 116, 0],
    [116, 116, 24],
    [4096, 4096, 24],
  ])('argsz %i comes back as %i, with capabilities at %i', (argsz, returned, capOffset) => {
    const info = Type1Info.decode(ask(new TestContainer(), argsz).view);
    expect([info.argsz, info.capOffset]).toEqual([returned, capOffset]);
  });

  test.each([16, 20, 64, 116])('nothing is written beyond argsz %i', (argsz) => {
    const { view } = ask(new TestContainer(), argsz);
    const beyond = new Uint8Array(view.buffer).subarray(argsz);
    expect(beyond.every((byte) => byte === 0xaa)).toBe(true);
  });

  test('tells page sizes and which addresses can be mapped', () => {
    const { view } = ask(new TestContainer(), 256);
    expect(decodeIommuInfo(view)).toEqual({
      pageSizes: 0x40201000n,
      iovaRanges: [
        { start: 0n, end: 0xfedfffffn },
        { start: 0xfef00000n, end: 0x7fffffffffn },
      ],
      availableMappings: 65535,
    });
  });

  test('tells how many mappings can still be made', () => {
    const container = new TestContainer({ entryLimit: 8 });
    container.map(BASE, 1);
    expect(decodeIommuInfo(ask(container, 256).view).availableMappings).toBe(7);
  });

  test('a chain with other ranges has another size', () => {
    const container = new TestContainer({ iommu: { addressBits: 32, reservedRegions: [] } });
    expect(Type1Info.decode(ask(container, 20).view).argsz).toBe(100);
  });
});
