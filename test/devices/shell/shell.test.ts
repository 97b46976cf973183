// Shells: devices from a description alone.
import { describe, expect, it } from 'vitest';
import { parseConfigText, shellModel } from '../../../src/devices/shell/index.js';
import { TestPci } from '../../pci/test-pci.js';

// An e1000e as `lspci -xxxx` prints it, with the lines around the dump.
const E1000E = `05:00.0 Ethernet controller: Intel Corporation 82574L Gigabit Network Connection
00: 86 80 d3 10 07 05 10 00 00 00 00 02 00 00 00 00
10: 00 00 c0 fd 00 00 c2 fd 01 c0 00 00 00 00 c4 fd
20: 00 00 00 00 00 00 00 00 00 00 00 00 86 80 00 00
30: 00 00 00 00 c8 00 00 00 00 00 00 00 0a 01 00 00
a0: 11 00 04 80 03 00 00 00 03 20 00 00 00 00 00 00
c0: 00 00 00 00 00 00 00 00 01 d0 22 00 00 00 00 00
d0: 05 e0 80 00 00 00 00 00 00 00 00 00 00 00 00 00
e0: 10 a0 01 00 00 80 00 00 00 00 00 00 11 04 00 00
100: 01 00 02 14 00 00 00 00 00 00 00 00 30 20 46 00
140: 03 00 01 00 5a 34 12 ff ff 00 54 52 00 00 00 00
`;

const bars = { bar0: '128K', bar1: '128K', bar2: '32', bar3: '16K' };

const shell = (options: Record<string, string>) =>
  new TestPci({ '00:03.0': shellModel.describe(options) }).at('0000:00:03.0');

describe('a shell from an image', () => {
  it('has its identity, BARs and their addresses', () => {
    const member = shell({ config: E1000E, ...bars });
    expect(member.config.read(0, 4)).toBe(0x10d3_8086);
    expect(member.class).toBe(0x020000);
    expect(member.bars[0]).toMatchObject({
      kind: 'memory32',
      size: 0x20000,
      address: 0xfdc0_0000n,
    });
    expect(member.bars[2]).toMatchObject({ kind: 'io', size: 32, address: 0xc000n });
    expect(member.bars[4]).toBeUndefined();
  });

  it('has its capabilities where they were, with what a driver had enabled off again', () => {
    const member = shell({ config: E1000E, ...bars });
    expect([0x01, 0x05, 0x10, 0x11].map((id) => member.capability(id))).toEqual([
      0xc8, 0xd0, 0xe0, 0xa0,
    ]);
    expect([0x01, 0x03].map((id) => member.extendedCapability(id))).toEqual([0x100, 0x140]);
    expect(member.config.read(0xa2, 2)).toBe(0x0004);
    expect(member.config.read(4, 2)).toBe(0x0103);
    expect(member.interrupts.available('msix')).toBe(5);
  });

  it('keeps what is behind the header and no capability read-only, or writable if it is to be', () => {
    const write = (options: Record<string, string>) => {
      const { config } = shell({ config: E1000E, ...bars, ...options });
      config.write(0x50, 4, 0x1234);
      return config.read(0x50, 4);
    };
    expect(write({})).toBe(0);
    expect(write({ unclaimed: 'writable' })).toBe(0x1234);
  });

  it('has memory for BARs, which a reset brings back to what was described', () => {
    const member = shell({ config: E1000E, ...bars, bar3_content: 'deadbeef' });
    const [, , , bar] = member.bars;
    bar?.write(0, 2, 0);
    expect(bar?.read(0, 4)).toBe(0xefbe_0000);
    member.hardwareReset('bus');
    member.enable();
    expect(bar?.read(0, 4)).toBe(0xefbe_adde);
  });
});

describe('a shell without an image', () => {
  it('is what its options say', () => {
    const member = shell({
      vendor: '0x8086',
      device: '0x1234',
      class: '0x010802',
      pin: '1',
      bar0: '16K mem64 prefetch trapped',
      rom: '2K',
      rom_image: '55aa',
    });
    expect(member.config.read(0, 4)).toBe(0x1234_8086);
    expect(member.bars[0]).toMatchObject({
      kind: 'memory64',
      isPrefetchable: true,
      isMappable: false,
    });
    expect(member.rom?.image.subarray(0, 3)).toEqual(Uint8Array.of(0x55, 0xaa, 0));
  });
});

describe('a large BAR', () => {
  const END = 64 * 2 ** 30 - 4;

  it('remembers what is written anywhere, takes memory only for that, and forgets it in a reset', () => {
    const member = shell({ bar0: '64G mem64 prefetch', bar2: '1G mem64', bar2_content: '2a' });
    const [bar] = member.bars;
    bar?.write(END, 4, 0x1234_5678);
    bar?.write(END - 2, 2, 0xabcd);
    expect([bar?.read(END, 4), bar?.read(END - 2, 2), bar?.read(0, 4)]).toEqual([
      0x1234_5678, 0xabcd, 0,
    ]);
    expect(bar).toMatchObject({ size: END + 4, isMappable: false });
    expect(member.bars[2]?.read(0, 1)).toBe(0x2a);
    member.hardwareReset('bus');
    member.enable();
    expect(bar?.read(END, 4)).toBe(0);
  });

  it('is cleared by a reset when a client that mapped it may have written', () => {
    const member = shell({ bar0: '8K', bar0_content: '11' });
    const bytes = member.bars[0]?.bytes ?? new Uint8Array();
    member.bars[0]?.setMapped(true);
    for (let round = 0; round < 2; round++) {
      bytes.fill(0xff);
      member.hardwareReset('bus');
      expect([bytes[0], bytes[8191]]).toEqual([0x11, 0]);
    }
  });
});

describe('options that can’t be', () => {
  it.each([
    [{ config: 'xyz' }, 'config'],
    [{ config: '00' }, 'config'],
    [{ bar0: 'big' }, 'bar0'],
    [{ bar0: '4K mem128' }, 'bar0'],
    [{ vendor: '0x12345' }, 'vendor'],
    [{ rom: '2K', rom_image: '5' }, 'rom_image'],
    [{ unclaimed: 'maybe' }, 'unclaimed'],
    [{ bar0: '4K', addresses: 'bar0:1' }, 'addresses'],
  ])('%j names the option %s', (options, option) => {
    expect(() => shellModel.describe(options)).toThrow(expect.objectContaining({ option }));
  });
});

describe('an image as text', () => {
  it('is read from plain digits as well', () => {
    const bytes = parseConfigText('8680d310'.padEnd(512, '0'));
    expect(bytes).toHaveLength(256);
    expect([...bytes.subarray(0, 4)]).toEqual([0x86, 0x80, 0xd3, 0x10]);
  });
});
