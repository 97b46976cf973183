// Structs of requests, field by field: what goes in, and what comes out.
import { describe, expect, test } from 'vitest';
import type { DecodedField } from '../../src/inspector/decode/decoded-field.js';
import { requestName } from '../../src/inspector/decode/ioctl-names.js';
import type { Request } from '../../src/inspector/decode/request.js';
import { inputFields, outputFields } from '../../src/inspector/decode/request-fields.js';
import * as spapr from '../../src/uapi/vfio-spapr.js';
import * as vfio from '../../src/uapi/vfio.js';

const NOTHING: DataView = new DataView(new ArrayBuffer(0));

function request(input: DataView, output: DataView = NOTHING): Request {
  return { argument: 0x1000, input, output };
}

/** What people read, without what goes without saying. */
function textOf(fields: readonly DecodedField[]): string {
  const said = fields.filter(([, text]) => text !== '');
  return said.map(([name, text]) => `${name}=${text}`).join(' ');
}

/** A struct with capabilities behind it. */
function withBehind(info: DataView, ...words: readonly number[]): DataView {
  const bytes = new Uint8Array(info.byteLength + 4 * words.length);
  bytes.set(new Uint8Array(info.buffer));
  new Uint32Array(bytes.buffer, info.byteLength).set(words);
  return new DataView(bytes.buffer);
}

describe('argsz', () => {
  test.each([
    [vfio.DmaMap.size, ''],
    [8, 'argsz=8 '],
  ])('of MAP_DMA is said where it is wrong: %d', (argsz, said) => {
    const map = { argsz, flags: 1, vaddr: 0x7f00n, iova: 0x1000n, size: 0x2000n };
    expect(textOf(inputFields('VFIO_IOMMU_MAP_DMA', request(vfio.DmaMap.create(map))))).toBe(
      `${said}iova=0x1000-0x2fff (8 KiB) vaddr=0x7f00 flags=READ`,
    );
  });

  test('of information is said again where more would be needed', () => {
    const given = vfio.RegionInfo.create({ argsz: 32, index: 0 });
    const answer = vfio.RegionInfo.create({ argsz: 40, flags: 15, size: 0x4000n });
    const name = 'VFIO_DEVICE_GET_REGION_INFO';
    expect(textOf(outputFields(name, request(given, answer)))).toBe(
      'argsz=40 flags=READ|WRITE|MMAP|CAPS size=16 KiB offset=0x0',
    );
  });

  test('of SET_IRQS has to be that of its eventfds', () => {
    const set = { argsz: 20, flags: 0x24, index: 2, start: 0, count: 2 };
    expect(textOf(inputFields('VFIO_DEVICE_SET_IRQS', request(vfio.IrqSet.create(set))))).toBe(
      'argsz=20 index=MSIX flags=DATA_EVENTFD|ACTION_TRIGGER start=0 count=2',
    );
  });
});

describe('capabilities', () => {
  test('of a region: areas that can be mapped, and that the MSI-X table is one', () => {
    const { size } = vfio.RegionInfo;
    const info = vfio.RegionInfo.create({ argsz: 72, flags: 15, capOffset: size, size: 0x4000n });
    const sparse = [0x1_0001, size + 32, 1, 0, 0x1000, 0, 0x2000, 0];
    const mappable = [0x1_0003, 0];
    const output = withBehind(info, ...sparse, ...mappable);
    const fields = outputFields('VFIO_DEVICE_GET_REGION_INFO', request(info, output));
    expect(textOf(fields)).toContain('sparse_mmap=[0x1000-0x2fff (8 KiB)] caps=MSIX_MAPPABLE');
  });

  test('of the IOMMU: which addresses there are, and how many mappings', () => {
    const { size } = vfio.Type1Info;
    const given = vfio.Type1Info.create({ argsz: 80 });
    const answer = vfio.Type1Info.create({
      argsz: 80,
      flags: 3,
      iovaPgsizes: 0x1000n,
      capOffset: size,
    });
    const available = [0x1_0003, size + 16, 65535, 0];
    const ranges = [0x1_0001, 0, 1, 0, 0, 0, 0xfedf_ffff, 0];
    const output = withBehind(answer, ...available, ...ranges);
    expect(outputFields('VFIO_IOMMU_GET_INFO', request(given, output))).toEqual([
      ['flags', 'PGSIZES|CAPS'],
      ['iova_pgsizes', '4 KiB', 0x1000n],
      ['dma_avail', '65535', 65535],
      ['iova_ranges', '[0x0-0xfedfffff]', [{ start: 0n, end: 0xfedf_ffffn }]],
    ]);
  });

  test('that lead back, or beyond the end, end there', () => {
    const { size } = vfio.Type1Info;
    const answer = vfio.Type1Info.create({ argsz: 80, flags: 2, capOffset: size });
    const output = withBehind(answer, 0x1_0001, size, 1000, 0);
    const fields = outputFields('VFIO_IOMMU_GET_INFO', request(answer, output));
    expect(textOf(fields)).toContain('iova_ranges=[]');
  });
});

test('functions that a hot reset affects have their groups', () => {
  const info = vfio.PciHotResetInfo.create({ argsz: 28, count: 2 });
  const output = withBehind(info, 7, 0x0008_0000, 8, 0x0109_0001);
  const fields = outputFields('VFIO_DEVICE_GET_PCI_HOT_RESET_INFO', request(info, output));
  expect(textOf(fields)).toBe('count=2 devices=[0000:08:00.0 of group 7, 0001:09:00.1 of group 8]');
});

test('a feature has its name', () => {
  const feature = vfio.DeviceFeature.create({ argsz: 8, flags: vfio.VFIO_DEVICE_FEATURE_GET | 1 });
  expect(textOf(inputFields('VFIO_DEVICE_FEATURE', request(feature)))).toBe(
    'argsz=8 flags=GET feature=MIGRATION',
  );
});

describe('containers of Power', () => {
  test('have requests of their own, by the same numbers', () => {
    expect(requestName('container', vfio.VFIO_IOMMU_GET_INFO)).toBe('VFIO_IOMMU_GET_INFO');
    expect(requestName('spapr', vfio.VFIO_IOMMU_GET_INFO)).toBe('VFIO_IOMMU_SPAPR_TCE_GET_INFO');
    expect(requestName('spapr', spapr.VFIO_EEH_PE_OP)).toBe('VFIO_EEH_PE_OP');
  });

  test('create windows', () => {
    const create = { argsz: 40, pageShift: 16, windowSize: 0x8000_0000n, levels: 1 };
    const input = spapr.SpaprTceCreate.create(create);
    expect(textOf(inputFields('VFIO_IOMMU_SPAPR_TCE_CREATE', request(input)))).toBe(
      'page_size=64 KiB window_size=2 GiB levels=1',
    );
  });

  test('do what is wanted of partitions', () => {
    const input = spapr.EehPeOp.create({ argsz: 12, op: spapr.VFIO_EEH_PE_GET_STATE });
    expect(textOf(inputFields('VFIO_EEH_PE_OP', request(input)))).toBe('argsz=12 op=GET_STATE');
  });
});

describe('what the machine could not read', () => {
  test.each([
    ['VFIO_IOMMU_MAP_DMA', 8, '=0x8'],
    ['VFIO_DEVICE_GET_INFO', 0, '=NULL'],
    ['VFIO_CHECK_EXTENSION', 1, '=VFIO_TYPE1_IOMMU'],
    ['0x3bff', 5, '=0x5'],
  ])('%s of %d', (name, argument, text) => {
    expect(textOf(inputFields(name, { ...request(NOTHING), argument }))).toBe(text);
  });
});
