import { describe, expect, test } from 'vitest';
import { LocalMemoryObject } from '../../src/kernel/memory-object.js';
import * as vfio from '../../src/uapi/vfio.js';
import { CONFIG, ROM } from './open-device.js';
import { card, controller, smallCard } from './test-functions.js';
import { TestMachine, port } from './test-machine.js';

const NAME = '0000:00:04.0';
const SIZE = 0x20000;

function open(description = card) {
  return new TestMachine({ [NAME]: description }).open(NAME);
}

describe('mmap of a device', () => {
  test('shows the same memory as pread and pwrite', () => {
    const device = open();
    const page = device.map(0, 0x3000, 0x1000);
    device.writeNumber(0, 0x3004, 4, 0x1234_5678);
    expect(page.slice(4, 8)).toEqual(Uint8Array.of(0x78, 0x56, 0x34, 0x12));
  });

  test('two mappings show each other what is stored', () => {
    const device = open();
    const first = device.map(0, 0, SIZE);
    const second = device.map(0, 0x1000, 0x1000);
    if (typeof first === 'string' || typeof second === 'string') throw new Error('not mapped');
    second[0] = 0x42;
    expect(first[0x1000]).toBe(0x42);
  });

  test('takes any part of the BAR, rounded up to pages', () => {
    const device = open();
    expect(device.map(0, 0, 1)).toHaveLength(0x1000);
    expect(device.map(0, SIZE - 0x1000, 0x1000)).toHaveLength(0x1000);
  });

  test('is EINVAL past the last page', () => {
    const device = open();
    expect(device.map(0, 0, SIZE + 1)).toBe('EINVAL');
    expect(device.map(0, SIZE - 0x1000, 0x2000)).toBe('EINVAL');
    expect(device.map(0, SIZE, 0x1000)).toBe('EINVAL');
  });

  test('is EINVAL when private', () => {
    expect(open().map(0, 0, 0x1000, false)).toBe('EINVAL');
  });

  test('is EINVAL for all but memory BARs', () => {
    const device = open();
    for (const region of [1, 2, ROM, CONFIG, 8, 9]) {
      expect(device.map(region, 0, 0x1000)).toBe('EINVAL');
    }
  });

  test('shows a small BAR with the rest of its page', () => {
    const device = open(smallCard);
    expect(device.map(1, 0, 256)).toHaveLength(0x1000);
    expect(device.map(1, 0, 0x1001)).toBe('EINVAL');
  });

  test('works with decoding off', () => {
    const device = open();
    device.command = 0;
    expect(device.map(0, 0, 0x1000)).toHaveLength(0x1000);
  });

  test('includes the MSI-X table', () => {
    const machine = new TestMachine({ '0000:00:01.0': port, '0000:01:00.0': controller });
    expect(machine.open('0000:01:00.0').map(0, 0x2000, 0x1000)).toHaveLength(0x1000);
  });
});

test('the file of a device offers the memory that native programs map, at region offsets', () => {
  const { machine, fd } = open();
  const memory = machine.files.get(fd)?.operations.memory;
  expect(memory).toBe(machine.functionAt(NAME).memory);
});

describe('what is mapped', () => {
  /** The memory of a machine that says whether clients can reach it. */
  class WatchedMemory extends LocalMemoryObject {
    isReachable = true;
    setReachable(isReachable: boolean): void {
      this.isReachable = isReachable;
    }
  }

  function openMapped() {
    const memory = new WatchedMemory();
    const machine = new TestMachine(
      { '0000:00:01.0': port, '0000:01:00.0': controller },
      { createMemory: (name) => (name.endsWith('01:00.0') ? memory : new LocalMemoryObject()) },
    );
    const device = machine.open('0000:01:00.0');
    device.map(0, 0, 0x1000);
    return { device, memory };
  }

  test('can not be reached while memory decoding is off', () => {
    const { device, memory } = openMapped();
    device.command = 0;
    expect(memory.isReachable).toBe(false);
    device.command = 2;
    expect(memory.isReachable).toBe(true);
  });

  test('can not be reached in D3hot', () => {
    const { device, memory } = openMapped();
    device.writeNumber(CONFIG, 0x64, 2, 3);
    expect(memory.isReachable).toBe(false);
    device.writeNumber(CONFIG, 0x64, 2, 0);
    expect(memory.isReachable).toBe(true);
  });

  test('can not be reached in low power', () => {
    const { device, memory } = openMapped();
    const enter = vfio.VFIO_DEVICE_FEATURE_SET | vfio.VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY;
    device.ioctl(vfio.VFIO_DEVICE_FEATURE, vfio.DeviceFeature.create({ argsz: 8, flags: enter }));
    expect(memory.isReachable).toBe(false);
    const exit = vfio.VFIO_DEVICE_FEATURE_SET | vfio.VFIO_DEVICE_FEATURE_LOW_POWER_EXIT;
    device.ioctl(vfio.VFIO_DEVICE_FEATURE, vfio.DeviceFeature.create({ argsz: 8, flags: exit }));
    expect(memory.isReachable).toBe(true);
  });

  test('mapped while decoding is off, can not be reached either', () => {
    const { device, memory } = openMapped();
    device.close();
    const again = device.machine.open('0000:01:00.0');
    again.command = 0;
    expect(memory.isReachable).toBe(true);
    again.map(0, 0, 0x1000);
    expect(memory.isReachable).toBe(false);
  });

  test('can be reached by the next user', () => {
    const { device, memory } = openMapped();
    device.command = 0;
    device.close();
    expect(memory.isReachable).toBe(true);
  });
});
