// Memory that a program shares with a file is mapped here too while devices may reach it, and that is
// safe whatever the program does to the file.

import { closeSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { libc } from '../../src/host/native/libc.unsafe.js';
import { NativeBuffer } from '../../src/host/native/native-buffer.unsafe.js';
import { ProcessMemory } from '../../src/host/native/process-memory.unsafe.js';
import { NativeMemory } from '../../src/host/native-memory.unsafe.js';
import { IOMMU_READ, IOMMU_WRITE, PagingDomain } from '../../src/iommu/paging-domain.js';
import { Device } from '../../src/kernel/device.js';

const SIZE = 1024 * 1024;
const PAGE = 4096;
const device = new Device('0000:00:05.0');

let fd: number;
let buffer: NativeBuffer;
let memory: NativeMemory;

/** A domain in which the buffer is mapped from I/O virtual address 0 on. */
function mapBuffer(length = SIZE): PagingDomain {
  const domain = new PagingDomain();
  memory.pin(buffer.address, length, true);
  const place = { page: 0, pages: length / PAGE, memoryPage: buffer.address / PAGE };
  domain.map({ ...place, memory, permissions: IOMMU_READ | IOMMU_WRITE });
  return domain;
}

beforeEach(() => {
  fd = libc().memfdCreate('shared with a device', 0);
  libc().ftruncate(fd, SIZE);
  buffer = NativeBuffer.mapFile(fd, 0, SIZE);
  memory = new NativeMemory(process.pid, new ProcessMemory(), 'no device memory');
});

afterEach(() => {
  memory.release();
  buffer.release();
  closeSync(fd);
});

describe('a shared mapping of a file', () => {
  test('has a window while it is mapped for devices', () => {
    expect(memory.pinned).toBeUndefined();
    const domain = mapBuffer();
    expect(memory.pinned).toBeDefined();
    domain.unmapAll();
    expect(memory.pinned).toBeUndefined();
  });

  test('keeps its window until the last of several mappings is gone', () => {
    const first = mapBuffer();
    const second = mapBuffer();
    first.unmapAll();
    expect(memory.pinned).toBeDefined();
    second.unmap(second.mappings.find(0));
    expect(memory.pinned).toBeUndefined();
  });

  test('is what devices read and write', () => {
    const domain = mapBuffer();
    expect(domain.write(device, 0x1ffen, Uint8Array.of(1, 2, 3, 4))).toBeUndefined();
    expect([...buffer.bytes.subarray(0x1ffe, 0x2002)]).toEqual([1, 2, 3, 4]);
    buffer.bytes.set([5, 6], SIZE - 2);
    const target = new Uint8Array(4);
    const ranges = [BigInt(SIZE - 2), 0x1ffen].map((iova) => ({ iova, length: 2 }));
    expect(domain.readv(device, ranges, target)).toBeUndefined();
    expect([...target]).toEqual([5, 6, 1, 2]);
  });

  test('stays what devices reach when the program maps something else there', () => {
    const domain = mapBuffer();
    buffer.bytes[0] = 7;
    const other = libc().memfdCreate('another', 0);
    libc().ftruncate(other, SIZE);
    buffer.remapFile(other, 0);
    const target = new Uint8Array(1);
    expect(domain.read(device, 0n, target)).toBeUndefined();
    expect(target[0]).toBe(7);
    expect(memory.read(buffer.address, target)).toBe(true);
    expect(target[0]).toBe(0);
    closeSync(other);
  });

  test.each(['read', 'write'] as const)('that was cut short makes a %s fail, no more', (access) => {
    const domain = mapBuffer();
    domain.write(device, 0n, Uint8Array.of(1));
    libc().ftruncate(fd, PAGE);
    expect(domain[access](device, BigInt(8 * PAGE), new Uint8Array(16))?.reason).toBe(
      'memory gone',
    );
    expect(memory.pinned).toBeUndefined();
    const target = new Uint8Array(1);
    expect(domain.read(device, 0n, target)).toBeUndefined();
    expect(target[0]).toBe(1);
  });

  test('that is longer than its file has none', () => {
    libc().ftruncate(fd, SIZE / 2);
    mapBuffer(SIZE / 4);
    expect(memory.pinned).toBeUndefined();
  });
});

test('private memory has no window', () => {
  buffer.release();
  buffer = NativeBuffer.allocate(SIZE);
  const domain = mapBuffer();
  expect(memory.pinned).toBeUndefined();
  expect(domain.write(device, 5n, Uint8Array.of(9))).toBeUndefined();
  expect(buffer.bytes[5]).toBe(9);
});
