// The memory that device models and native programs share, and taking it away from the programs.

import {
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { DeviceMemory } from '../../src/host/device-memory.unsafe.js';
import { NativeBuffer } from '../../src/host/native/native-buffer.unsafe.js';
import { describeNative } from './native/platform-condition.js';

const BAR_0 = 0;
const BAR_2 = 2 * 2 ** 40;

function newMemory() {
  const directory = mkdtempSync('/dev/shm/uvfio-test-');
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'memory');
  return { memory: new DeviceMemory(directory, 'memory'), path };
}

describeNative('shared device memory', () => {
  test('is what a program sees that maps the file', () => {
    const { memory, path } = newMemory();
    const bytes = memory.map(BAR_2, 0x2000);
    const client = NativeBuffer.mapFile(openSync(path, 'r+'), BAR_2, 0x2000);
    bytes[0x1004] = 0x42;
    client.bytes[8] = 0x24;
    expect([client.bytes[0x1004], bytes[8]]).toEqual([0x42, 0x24]);
  });

  test('while it can not be reached, there is nothing behind what programs mapped: SIGBUS', () => {
    const { memory, path } = newMemory();
    memory.map(BAR_0, 0x1000);
    memory.setReachable(false);
    expect(statSync(path).size).toBe(0);
    memory.setReachable(true);
    expect(statSync(path).size).toBeGreaterThan(0);
  });

  test('keeps its content and its place, and the device goes on using it', () => {
    const { memory, path } = newMemory();
    const [first, second] = [memory.map(BAR_0, 0x2000), memory.map(BAR_2, 0x1000)];
    const client = NativeBuffer.mapFile(openSync(path, 'r+'), BAR_0, 0x2000);
    client.bytes[0x1fff] = 1;
    second[0] = 2;
    memory.setReachable(false);
    expect([first[0x1fff], second[0]]).toEqual([1, 2]);
    first[0] = 3;
    memory.setReachable(true);
    expect([client.bytes[0], client.bytes[0x1fff], second[0]]).toEqual([3, 1, 2]);
    client.bytes[0] = 4;
    expect(first[0]).toBe(4);
  });

  test('survives a program that cuts the file by itself', () => {
    const { memory, path } = newMemory();
    const bytes = memory.map(BAR_0, 0x2000);
    bytes[0] = 1;
    truncateSync(path, 0);
    expect([bytes[0], bytes[0x1000]]).toEqual([0, 0]);
    bytes[0x1000] = 2;
    expect(bytes[0x1000]).toBe(2);
  });

  test('can come and go again and again, at the cost of what was written', () => {
    const { memory, path } = newMemory();
    const bytes = memory.map(BAR_0, 2 ** 32);
    bytes[2 ** 31] = 5;
    const descriptors = readdirSync('/proc/self/fd').length;
    for (let i = 0; i < 100; i++) {
      memory.setReachable(false);
      memory.setReachable(true);
    }
    expect(readdirSync('/proc/self/fd')).toHaveLength(descriptors);
    expect(bytes[2 ** 31]).toBe(5);
    const byte = new Uint8Array(1);
    readSync(openSync(path, 'r'), byte, 0, 1, 2 ** 31);
    expect(byte[0]).toBe(5);
    expect(statSync(path).blocks * 512).toBeLessThan(0x10000);
  });
});
