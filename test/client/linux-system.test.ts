import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Event, type SystemMemory, VfioError, linuxSystem } from 'uvfio/client';
import { checked } from '../../src/client/error.js';
import { Errno } from '../../src/uapi/errno.js';
import { O_RDONLY, O_RDWR, PROT_READ, PROT_WRITE } from '../../src/uapi/file.js';
import { requiresThat } from '../support/requirement.js';

const FIONREAD = 0x541b;

requiresThat(process.platform === 'linux', 'needs Linux', () => {
  describe('the system calls of this process', () => {
    const system = linuxSystem();
    let folder: string;
    let file: string;
    let fd: number;

    beforeEach(() => {
      folder = mkdtempSync(path.join(tmpdir(), 'uvfio-client-'));
      file = path.join(folder, 'file');
      writeFileSync(file, new Uint8Array(8192));
      fd = checked('open', system.open(file, O_RDWR));
    });

    afterEach(() => {
      system.close(fd);
      rmSync(folder, { recursive: true });
    });

    test('answer −errno for what fails', () => {
      expect(system.open(`${file}.not`, O_RDONLY)).toBe(-Errno.ENOENT);
      expect(system.close(-1)).toBe(-Errno.EBADF);
      expect(system.readlink(file)).toBe(-Errno.EINVAL);
      expect(system.readdir(`${folder}/none`)).toBe(-Errno.ENOENT);
    });

    test.each([4, 8192, 200_000])('write and read %i bytes at an offset', (length) => {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 7) & 0xff);
      expect(system.pwrite(fd, bytes, 5)).toBe(length);
      const back = new Uint8Array(length);
      expect(system.pread(fd, back, 5)).toBe(length);
      expect(Buffer.compare(back, bytes)).toBe(0);
    });

    test('leave what was not read as it was', () => {
      const target = new Uint8Array(16).fill(0xaa);
      expect(system.pread(fd, target, 8192 - 8)).toBe(8);
      expect([...target.subarray(8)]).toEqual(Array(8).fill(0xaa));
    });

    test('pass a struct to ioctl and bring it back', () => {
      const answer = new DataView(new ArrayBuffer(4));
      expect(system.ioctl(fd, FIONREAD, answer)).toBe(0);
      expect(answer.getInt32(0, true)).toBe(8192);
    });

    test('map a file, so that stores reach it', () => {
      const memory = checked<SystemMemory>(
        'mmap',
        system.mmap(fd, 4096, 4096, PROT_READ | PROT_WRITE),
      );
      memory.bytes[1] = 42;
      const back = new Uint8Array(2);
      system.pread(fd, back, 4096);
      expect([...back]).toEqual([0, 42]);
      expect(system.munmap(memory)).toBe(0);
    });

    test('allocate whole pages of zeros at an address of user space', () => {
      const memory = checked<SystemMemory>('mmap', system.allocate(5000));
      expect(memory.address % 4096).toBe(0);
      expect(memory.address).toBeLessThan(2 ** 47);
      expect(memory.bytes.length).toBe(8192);
      expect(memory.bytes.every((byte) => byte === 0)).toBe(true);
      system.munmap(memory);
    });

    test('wait for an eventfd', () => {
      using event = Event.create(system);
      expect(event.take()).toBe(0);
      expect(event.wait(1)).toBe(0);
      event.signal();
      event.signal();
      expect(event.wait(-1)).toBe(2);
      expect(event.take()).toBe(0);
    });

    test('become errors that name the request', () => {
      const attempt = () => checked('VFIO_SET_IOMMU', -Errno.ENODEV, { ENODEV: 'no such type' });
      expect(attempt).toThrow(VfioError);
      expect(attempt).toThrow('VFIO_SET_IOMMU: ENODEV: no such type');
    });
  });
});
