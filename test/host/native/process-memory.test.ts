// process_vm_readv(2), process_vm_writev(2), here against our own process, whose addresses we know.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { libc } from '../../../src/host/native/libc.unsafe.js';
import { EFAULT, ENAMETOOLONG } from '../../../src/host/native/linux-constants.js';
import { NativeBuffer, pageSize } from '../../../src/host/native/native-buffer.unsafe.js';
import { ProcessMemory } from '../../../src/host/native/process-memory.unsafe.js';
import { describeNative } from './platform-condition.js';

const ESRCH = 3;

describeNative('ProcessMemory', () => {
  let memory: ProcessMemory;
  /** Two mapped pages with an unmapped one behind them. */
  let remote: NativeBuffer;
  const pid = process.pid;

  beforeEach(() => {
    memory = new ProcessMemory();
    remote = NativeBuffer.allocate(3 * pageSize);
    libc().munmap(remote.address + 2 * pageSize, pageSize);
  });
  afterEach(() => {
    memory.release();
    libc().munmap(remote.address, 2 * pageSize);
  });

  test.each([1, 8, 64, 65, 4096])('reads and writes %i bytes', (length) => {
    const source = Uint8Array.from({ length }, (_, index) => index * 7);
    expect(memory.write(pid, remote.address + 3, source)).toBe(0);
    const target = new Uint8Array(length);
    expect(memory.read(pid, remote.address + 3, target)).toBe(0);
    expect(target).toEqual(source);
  });

  test('transfers over 4096 bytes go straight to the array', () => {
    const source = Uint8Array.from({ length: 8000 }, (_, index) => index * 3);
    expect(memory.write(pid, remote.address, source, 1000, 6000)).toBe(0);
    const target = new Uint8Array(9000);
    expect(memory.read(pid, remote.address, target, 2000, 6000)).toBe(0);
    expect(target.subarray(2000, 8000)).toEqual(source.subarray(1000, 7000));
    expect(target[1999]).toBe(0);
    expect(target[8000]).toBe(0);
  });

  test('a transfer that runs into unmapped memory is EFAULT, as is one that starts there', () => {
    const target = new Uint8Array(100);
    expect(memory.read(pid, remote.address + 2 * pageSize - 50, target)).toBe(-EFAULT);
    expect(memory.write(pid, remote.address + 2 * pageSize, target)).toBe(-EFAULT);
    expect(memory.read(pid, 0, target)).toBe(-EFAULT);
    expect(memory.read(pid, -1, target)).toBe(-EFAULT);
  });

  test('a process that is not there is ESRCH', () => {
    expect(memory.read(0x3ffffff, remote.address, new Uint8Array(1))).toBe(-ESRCH);
  });

  test('reads a string that ends right before unmapped memory', () => {
    const text = '/dev/vfio/vfio';
    const start = 2 * pageSize - text.length - 1;
    remote.bytes.set(new TextEncoder().encode(`${text}\0`), start);
    expect(memory.readCString(pid, remote.address + start)).toBe(text);
  });

  test('reads a string across a page boundary, and one that is not ASCII', () => {
    remote.bytes.set(new TextEncoder().encode('/tmp/grüße\0'), pageSize - 8);
    expect(memory.readCString(pid, remote.address + pageSize - 8)).toBe('/tmp/grüße');
  });

  test('reads no further than the maximum', () => {
    remote.bytes.fill(0x61, 0, 2 * pageSize);
    expect(memory.readCString(pid, remote.address, 20)).toBe(-ENAMETOOLONG);
    expect(memory.readCString(pid, remote.address + 2 * pageSize - 10)).toBe(-EFAULT);
    remote.bytes[10] = 0;
    expect(memory.readCString(pid, remote.address, 10)).toBe(-ENAMETOOLONG);
    expect(memory.readCString(pid, remote.address, 11)).toBe('aaaaaaaaaa');
  });

  test('gathers and scatters more ranges than one call takes', () => {
    using local = NativeBuffer.allocate(pageSize);
    for (let index = 0; index < 600; index++) remote.bytes[index * 2] = index;
    const ranges = Array.from({ length: 600 }, (_, index) => ({
      address: remote.address + index * 2,
      length: 1,
    }));
    expect(memory.readv(pid, ranges, local.bytes.subarray(0, 600))).toBe(0);
    expect([...local.bytes.subarray(0, 600)]).toEqual(
      Array.from({ length: 600 }, (_, i) => i % 256),
    );
    local.bytes.fill(9, 0, 600);
    expect(memory.writev(pid, ranges, local.bytes.subarray(0, 600))).toBe(0);
    expect(remote.bytes[398]).toBe(9);
    expect(remote.bytes[397]).toBe(0);
  });

  test('asks for bytes within the array', () => {
    expect(() => memory.read(pid, remote.address, new Uint8Array(4), 2, 3)).toThrow(RangeError);
  });
});
