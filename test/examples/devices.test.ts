// The devices of the examples, in the same process and before programs of their own.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Machine, unmodelledSummary } from 'uvfio';
import { Attachment } from 'uvfio/client';
import { describe, expect, test } from 'vitest';
import adder from '../../examples/devices/adder.js';
import checksum from '../../examples/devices/checksum.js';
import { checksumOf } from '../../examples/devices/checksum-driver.js';
import { unsupportedPlatformReason } from '../../src/host/native/platform.js';
import { uvfio } from '../host/uvfio.js';
import { requires, requiresThat } from '../support/requirement.js';

const ADDRESS = '0000:00:05.0';
const example = (name: string): string =>
  fileURLToPath(new URL(`../../examples/devices/${name}`, import.meta.url));
const program = fileURLToPath(
  new URL('../../dist/examples/devices/checksum-program.js', import.meta.url),
);

describe('in the same process', () => {
  test('the adder adds, and tells of registers that it does not have', () => {
    const machine = new Machine({ devices: [{ model: adder, addr: ADDRESS, scale: 2 }] });
    using attached = Attachment.open(machine.task(), ADDRESS);
    attached.device.enableBusMaster();
    const registers = attached.device.bar(0);
    for (const number of [1, 2, 3]) registers.write32(4, number);
    expect(registers.read32(0)).toBe(12);
    registers.read32(0x10);
    registers.write32(0x10, 1);
    expect(unmodelledSummary(machine.pci)).toEqual([
      `${ADDRESS}: unmodelled: BAR 0 offset 0x10 (1 read, 1 write)`,
    ]);
  });

  test('the checksum device reads a scatter list and interrupts', () => {
    const machine = new Machine({ devices: [{ model: checksum, addr: ADDRESS }] });
    const texts = ['The quick brown fox', '', ' jumps over', ' the lazy dog'];
    expect(checksumOf(machine.task(), ADDRESS, texts)).toBe(0x414fa339);
    expect(machine.openFiles).toEqual([]);
  });

  test('the checksum device reports memory that is not there, and forgets it by a reset', () => {
    const machine = new Machine({ devices: [{ model: checksum, addr: ADDRESS }] });
    using attached = Attachment.open(machine.task(), ADDRESS);
    attached.device.enableBusMaster();
    const registers = attached.device.bar(0);
    registers.write64(0x10, 0xdead_0000n);
    registers.write32(0x18, 2);
    registers.write32(0x04, 1);
    while ((registers.read32(0x08) & 1) !== 0);
    expect(registers.read32(0x08)).toBe(4);
    expect(machine.pci.functionAt(ADDRESS)?.dma.faultCount).toBe(1);
    attached.device.reset();
    expect([registers.read32(0x08), registers.read64(0x10)]).toEqual([0, 0n]);
  });
});

requiresThat(unsupportedPlatformReason() === undefined, 'needs Linux on x86-64', () => {
  describe('before programs of their own', () => {
    test('the checksum device works from its source', async () => {
      const options = ['--device', example('checksum.ts'), '--', process.execPath, program];
      const { status, stdout, stderr } = await uvfio('run', ...options, '1234', '56789');
      expect([status, stdout, stderr]).toEqual([0, 'cbf43926\n', '']);
    });

    requires('lspci', () => {
      test('lspci lists them', async () => {
        const devices = ['adder.ts', 'checksum.ts'].flatMap((name) => ['-d', example(name)]);
        const { stdout } = await uvfio('run', ...devices, '--', 'lspci', '-n');
        expect(stdout).toBe('00:03.0 ff00: 1234:0add\n00:04.0 1200: 1234:0c5c\n');
      });
    });
  });
});

test('the first example has no more than 30 lines', () => {
  expect(readFileSync(example('adder.ts'), 'utf8').split('\n').length).toBeLessThanOrEqual(30);
});
