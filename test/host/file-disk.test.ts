// Raw images as disks.
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openFileDisk } from '../../src/host/file-disk.unsafe.js';
import type { Disk } from '../../src/kernel/disk.js';

const SIZE = 2 ** 20;

let folder: string;
let file: string;
let disks: Disk[];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'uvfio-disk-'));
  file = path.join(folder, 'disk.img');
  disks = [];
});

afterEach(() => {
  for (const disk of disks) disk.close();
  rmSync(folder, { recursive: true });
});

function open(options: { size?: number; isReadOnly?: boolean } = {}, at = file): Disk {
  const disk = openFileDisk({ file: at, ...options });
  disks.push(disk);
  return disk;
}

it('makes an image of the size asked for, which takes no space', () => {
  expect(open({ size: SIZE }).size).toBe(SIZE);
  expect([statSync(file).size, statSync(file).blocks]).toEqual([SIZE, 0]);
});

it('an image keeps what was written', () => {
  const disk = open({ size: SIZE });
  disk.write(1024, new Uint8Array(512).fill(7));
  disk.flush();
  expect(readFileSync(file).subarray(1023, 1026)).toEqual(Buffer.from([0, 7, 7]));
  const target = new Uint8Array(2);
  disk.read(1535, target);
  expect([...target]).toEqual([7, 0]);
});

it('what is discarded reads as zeros and takes no space', () => {
  const disk = open({ size: SIZE });
  disk.write(0, new Uint8Array(SIZE).fill(1));
  disk.discard(0, SIZE);
  const target = new Uint8Array(512).fill(9);
  disk.read(4096, target);
  expect(target.every((byte) => byte === 0)).toBe(true);
  expect(statSync(file).blocks * 512).toBeLessThan(SIZE);
});

it('is written by one at a time, and read by many', () => {
  open({ size: SIZE });
  expect(() => open()).toThrow('another machine has the image open');
  expect(() => open({ isReadOnly: true })).toThrow('another machine has the image open');
  disks.pop()?.close();
  open({ isReadOnly: true });
  open({ isReadOnly: true });
  expect(() => open()).toThrow('another machine has the image open');
});

it('a read-only disk is not written', () => {
  writeFileSync(file, new Uint8Array(SIZE));
  const disk = open({ isReadOnly: true });
  expect(() => disk.write(0, new Uint8Array(512))).toThrow('it is read-only');
  expect(() => disk.discard(0, 512)).toThrow('it is read-only');
});

it('an image that became shorter fails to be read, where it is missing', () => {
  const disk = open({ size: SIZE });
  truncateSync(file, 512);
  disk.read(0, new Uint8Array(512));
  expect(() => disk.read(512, new Uint8Array(512))).toThrow('the image has become shorter');
});
