import { beforeEach, describe, expect, test } from 'vitest';
import type { FileOperations } from '../../src/kernel/file.js';
import { Kernel } from '../../src/kernel/kernel.js';
import { LocalMemoryObject } from '../../src/kernel/memory-object.js';
import { addAttribute, addBinaryAttribute } from '../../src/kernel/sysfs.js';
import { SystemCalls } from '../../src/kernel/system-calls.js';
import { ROOT_CREDENTIALS } from '../../src/kernel/task.js';
import { WaitQueue } from '../../src/kernel/wait-queue.js';
import { MachineClock } from '../../src/machine/machine-clock.js';
import { MachineTask } from '../../src/machine/machine-task.js';
import { Errno } from '../../src/uapi/errno.js';
import { O_RDONLY, O_RDWR, O_WRONLY, PROT_READ } from '../../src/uapi/file.js';

describe('a task of an in-process machine', () => {
  let kernel: Kernel;
  let clock: MachineClock;
  let task: MachineTask;

  beforeEach(() => {
    kernel = new Kernel();
    clock = new MachineClock(kernel);
    const systemCalls = new SystemCalls(kernel);
    const place = { pid: 7, systemCalls, clock, credentials: ROOT_CREDENTIALS };
    task = new MachineTask(place);
    const memory = new LocalMemoryObject();
    addAttribute(kernel.root, 'name', { show: () => 'uvfio\n' });
    addBinaryAttribute(kernel.root, 'bar', {
      mode: 0o600,
      size: 8192,
      read: (offset, count) => memory.map(0, 8192).slice(offset, offset + count),
      write: (offset, bytes) => {
        memory.map(0, 8192).set(bytes, offset);
        return bytes.length;
      },
      mmap: (area) => {
        area.backing = { bytes: memory.map(0, 8192).subarray(area.pageOffset * 4096) };
      },
    });
  });

  test('gets the lowest free descriptor, and −errno for what fails', () => {
    expect(task.open('/name', O_RDONLY)).toBe(0);
    expect(task.open('/name', O_RDONLY)).toBe(1);
    expect(task.close(0)).toBe(0);
    expect(task.dup(1)).toBe(0);
    expect(task.open('/nothing', O_RDONLY)).toBe(-Errno.ENOENT);
    expect(task.close(5)).toBe(-Errno.EBADF);
    expect(task.ioctl(0, 0x1234, 0)).toBe(-Errno.ENOTTY);
    expect(task.pread(9, new Uint8Array(1), 0)).toBe(-Errno.EBADF);
  });

  test('reads whole files and links', () => {
    expect(new TextDecoder().decode(task.readFile('/name') as Uint8Array)).toBe('uvfio\n');
    expect((task.readFile('/bar') as Uint8Array).length).toBe(8192);
    expect(task.readlink('/name')).toBe(-Errno.EINVAL);
    expect(task.openFiles).toEqual([]);
  });

  test('sees in mapped memory what is written to the file, until it is unmapped', () => {
    const fd = task.open('/bar', O_RDWR);
    const memory = task.mmap(fd, 4096, 4096, PROT_READ);
    if (typeof memory === 'number') throw new Error(`mmap: ${memory}`);
    task.pwrite(fd, new Uint8Array([1, 2]), 4097);
    expect([...memory.bytes.subarray(0, 4)]).toEqual([0, 1, 2, 0]);
    expect(task.memory.write(memory.address, new Uint8Array(1))).toBe(false);
    task.munmap(memory);
    expect(task.memory.read(memory.address, new Uint8Array(1))).toBe(false);
  });

  test('keeps a file open for its mappings, and exit ends both', () => {
    let isReleased = false;
    const operations: FileOperations = {
      mmap: (_task, area) => {
        area.backing = { bytes: new Uint8Array(4096) };
        return 0;
      },
      release: () => {
        isReleased = true;
      },
    };
    const major = kernel.characterDevices.allocateMajor();
    const module = kernel.module('test');
    const served = { minors: 1, ownerOf: () => module, open: () => operations };
    kernel.characterDevices.add(major, served);
    const deviceClass = kernel.createClass({ name: 'test', nodeName: (name) => name });
    deviceClass.createDevice({ name: 'test', major, minor: 0, mode: 0o600 });

    const fd = task.open('/dev/test', O_RDWR);
    task.mmap(fd, 0, 4096, PROT_READ);
    task.close(fd);
    expect(isReleased).toBe(false);
    expect(task.openFiles).toEqual([{ fd: undefined, name: '/dev/test' }]);
    task.exit();
    expect(isReleased).toBe(true);
    expect(task.openFiles).toEqual([]);
  });

  test('waits for an eventfd in the machine’s time', () => {
    const fd = task.eventfd();
    const held = task.files.getEventFd(fd);
    kernel.timers.set(60_000, () => held.signal(1));
    expect(task.waitReadable(fd, 59_999)).toBe(0);
    expect(clock.nowMs).toBeCloseTo(59_999, 1);
    expect(task.waitReadable(fd, -1)).toBe(1);
    expect(clock.nowMs).toBeCloseTo(60_000, 1);
  });

  test('is told when it would wait for ever', () => {
    const fd = task.eventfd();
    expect(() => task.waitReadable(fd, -1)).toThrow('the wait would never end');
  });

  test('lets a microsecond pass with each call, so that asking again and again ends', () => {
    let isDone = false;
    kernel.timers.set(1, () => {
      isDone = true;
    });
    let calls = 0;
    while (!isDone) {
      task.readlink('/name');
      calls += 1;
    }
    expect(calls).toBe(1000);
  });

  test('gets a promise from a write that sleeps, kept when what it waits for comes', async () => {
    const queue = new WaitQueue();
    let isFree = false;
    addAttribute(kernel.root, 'unbind', {
      store: async (_text, caller) => {
        const sleeper = kernel.scheduler.newSleeper(caller);
        const condition = () => isFree;
        await sleeper.until({ queue, condition, timeoutMs: Infinity, interruptible: false });
      },
    });
    let result: number | undefined;
    const fd = task.open('/unbind', O_WRONLY);
    const pending = Promise.resolve(task.write(fd, new Uint8Array(3))).then((written) => {
      result = written;
    });
    await clock.advance(1000);
    expect(result).toBeUndefined();
    isFree = true;
    queue.wakeAll();
    await clock.settle();
    expect(result).toBe(3);
    await pending;
  });
});
