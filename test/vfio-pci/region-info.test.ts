import { describe, expect, test } from 'vitest';
import { InfoCapHeader, RegionInfo, VFIO_DEVICE_GET_REGION_INFO } from '../../src/uapi/vfio.js';
import { BAD_POINTER, CONFIG, type OpenDevice, ROM, VGA } from './open-device.js';
import { card, controller, edu, smallCard, vgaCard } from './test-functions.js';
import { TestMachine, port } from './test-machine.js';

const READ = 1;
const WRITE = 2;
const MMAP = 4;
const CAPS = 8;

function getInfo(device: OpenDevice, index: number, argsz = 32) {
  const view = new DataView(new ArrayBuffer(Math.max(32, argsz)));
  RegionInfo.encode(view, { argsz, index, capOffset: 0x5555 });
  const result = device.ioctl(VFIO_DEVICE_GET_REGION_INFO, view);
  return { result, view, ...RegionInfo.decode(view) };
}

function open(name: string, functions: ConstructorParameters<typeof TestMachine>[0]): OpenDevice {
  return new TestMachine(functions).open(name);
}

describe('VFIO_DEVICE_GET_REGION_INFO', () => {
  test('region i begins at i << 40', () => {
    const device = open('0000:00:03.0', { '0000:00:03.0': edu });
    for (let index = 0; index <= CONFIG; index++) {
      expect(getInfo(device, index)).toMatchObject({ result: 0, offset: BigInt(index) << 40n });
    }
  });

  test('a shared memory BAR is said to be mappable, with its size', () => {
    const device = open('0000:00:03.0', { '0000:00:03.0': edu });
    expect(getInfo(device, 0)).toMatchObject({ flags: READ | WRITE | MMAP, size: 0x10_0000n });
  });

  test('an I/O BAR is not mappable', () => {
    const device = open('0000:00:04.0', { '0000:00:04.0': card });
    expect(getInfo(device, 1)).toMatchObject({ flags: READ | WRITE, size: 64n });
  });

  test('a BAR that is to be mapped in parts lists them, and can be mapped whole', () => {
    const mappableAreas = [
      { offset: 0x1000, size: 0x2000 },
      { offset: 0x1f000, size: 0x1000 },
    ];
    const bars = [
      { index: 0, kind: 'memory32' as const, size: 0x20000, isMappable: true, mappableAreas },
    ];
    const device = open('0000:00:04.0', { '0000:00:04.0': { ...card, bars } });
    const { view, ...info } = getInfo(device, 0, 80);
    expect(info).toMatchObject({ argsz: 80, flags: READ | WRITE | MMAP | CAPS, capOffset: 32 });
    expect(InfoCapHeader.decode(view, 32)).toEqual({ id: 1, version: 1, next: 0 });
    const words = [40, 48, 56, 64, 72].map((at) => Number(view.getBigUint64(at, true)));
    expect(words).toEqual([2, 0x1000, 0x2000, 0x1f000, 0x1000]);
    expect(device.map(0, 0, 0x20000)).toHaveLength(0x20000);
  });

  test('a BAR smaller than a page is mappable when the page is its own', () => {
    const device = open('0000:00:04.0', { '0000:00:04.0': smallCard });
    expect(getInfo(device, 1)).toMatchObject({ flags: READ | WRITE | MMAP, size: 256n });
  });

  test('a BAR that begins within a page is not', () => {
    const address = 0xfe00_0100n;
    const bars = [{ index: 1, kind: 'memory32' as const, size: 256, isMappable: true, address }];
    const device = open('0000:00:04.0', { '0000:00:04.0': { ...smallCard, bars } });
    expect(getInfo(device, 1)).toMatchObject({ flags: READ | WRITE, size: 256n });
  });

  test('a BAR that shares its page with another one is not', () => {
    const at = (address: bigint) => ({
      ...smallCard,
      bars: [{ index: 1, kind: 'memory32' as const, size: 256, isMappable: true, address }],
    });
    const device = open('0000:00:04.0', {
      '0000:00:04.0': at(0xfe00_0000n),
      '0000:00:05.0': at(0xfe00_0100n),
    });
    expect(getInfo(device, 1)).toMatchObject({ flags: READ | WRITE, size: 256n });
  });

  test('an absent region has size 0 and no flags', () => {
    const device = open('0000:00:03.0', { '0000:00:03.0': edu });
    for (const index of [1, 5, ROM]) {
      expect(getInfo(device, index)).toMatchObject({ result: 0, flags: 0, size: 0n });
    }
  });

  test('configuration space has 256 bytes, with PCI Express 4096', () => {
    expect(getInfo(open('0000:00:03.0', { '0000:00:03.0': edu }), CONFIG)).toMatchObject({
      flags: READ | WRITE,
      size: 256n,
    });
    const express = open('0000:01:00.0', { '0000:00:01.0': port, '0000:01:00.0': controller });
    expect(getInfo(express, CONFIG).size).toBe(4096n);
  });

  test('a ROM can be read only, and has the size of its BAR', () => {
    const device = open('0000:00:04.0', { '0000:00:04.0': card });
    expect(getInfo(device, ROM)).toMatchObject({ flags: READ, size: 2048n });
  });

  test('a ROM without a valid image is absent', () => {
    const image = new Uint8Array(1024);
    const device = open('0000:00:04.0', {
      '0000:00:04.0': { ...card, rom: { size: 2048, image } },
    });
    expect(getInfo(device, ROM)).toMatchObject({ flags: 0, size: 0n });
  });

  test('the VGA region is EINVAL unless the class is VGA', () => {
    expect(getInfo(open('0000:00:04.0', { '0000:00:04.0': card }), VGA).result).toBe('EINVAL');
    const vga = open('0000:00:04.0', { '0000:00:04.0': vgaCard });
    expect(getInfo(vga, VGA)).toMatchObject({ flags: READ | WRITE, size: 0xc_0000n });
  });

  test('an index from 9 on, and argsz below 32, are EINVAL', () => {
    const device = open('0000:00:03.0', { '0000:00:03.0': edu });
    for (const index of [9, 16, 0xffff_ffff]) expect(getInfo(device, index).result).toBe('EINVAL');
    expect(getInfo(device, 0, 31).result).toBe('EINVAL');
  });

  test('a bad pointer is EFAULT', () => {
    const device = open('0000:00:03.0', { '0000:00:03.0': edu });
    expect(device.ioctl(VFIO_DEVICE_GET_REGION_INFO, BAD_POINTER)).toBe('EFAULT');
  });

  describe('the BAR with the MSI-X table says that it can be mapped all the same', () => {
    const functions = { '0000:00:01.0': port, '0000:01:00.0': controller };

    test('those without room learn the size needed, and get no capability', () => {
      const info = getInfo(open('0000:01:00.0', functions), 0, 39);
      expect(info).toMatchObject({ argsz: 40, flags: READ | WRITE | MMAP | CAPS, capOffset: 0 });
    });

    test('those with room get the capability behind the struct', () => {
      const info = getInfo(open('0000:01:00.0', functions), 0, 48);
      expect(info).toMatchObject({ argsz: 48, capOffset: 32 });
      expect(InfoCapHeader.decode(info.view, 32)).toEqual({ id: 3, version: 1, next: 0 });
    });

    test('other regions leave the capability offset untouched', () => {
      expect(getInfo(open('0000:01:00.0', functions), CONFIG, 48).capOffset).toBe(0x5555);
    });
  });
});
