import { Attachment } from 'uvfio/client';
import { describe, expect, test } from 'vitest';
import { EDU, attachEdu, eduMachine } from './edu-machine.js';

describe('a DMA buffer', () => {
  test('is whole pages of zeros, mapped where it was asked for', () => {
    const { edu } = attachEdu();
    using buffer = edu.container.allocate({ length: 5000, iova: 0x10000n });
    expect(buffer.bytes.length).toBe(8192);
    expect(buffer.bytes.every((byte) => byte === 0)).toBe(true);
    expect(() => edu.container.allocate({ length: 1, iova: 0x11000n })).toThrow(
      'VFIO_IOMMU_MAP_DMA: EEXIST: IOVA 0x11000 is mapped already',
    );
  });

  test('ends its mapping when released, once', () => {
    const { edu } = attachEdu();
    const buffer = edu.container.allocate({ length: 4096, iova: 0x10000n });
    buffer.release();
    buffer.release();
    expect(edu.container.unmapDma(0x10000n, 4096)).toBe(0);
  });

  test('leaves no memory behind where it can’t be mapped', () => {
    const { edu, task } = attachEdu();
    const attempt = () => edu.container.allocate({ length: 4096, iova: 0x10001n });
    expect(attempt).toThrow('VFIO_IOMMU_MAP_DMA: EINVAL');
    const next = task.allocate(1);
    if (typeof next === 'number') throw new Error(`allocate: ${next}`);
    const page = new Uint8Array(4096);
    expect(task.memory.read(next.address, page)).toBe(true);
    expect(task.memory.read(next.address - 8192, page)).toBe(false);
  });

  test('counts against RLIMIT_MEMLOCK', () => {
    const credentials = { uid: 0, gid: 0, dacOverride: true, ipcLock: false, sysAdmin: false };
    const task = eduMachine().machine.task({ credentials, memlockLimit: 8192 });
    using edu = Attachment.open(task, EDU);
    using _whole = edu.container.allocate({ length: 8192, iova: 0x10000n });
    expect(() => edu.container.allocate({ length: 4096, iova: 0x20000n })).toThrow(
      'VFIO_IOMMU_MAP_DMA: ENOMEM: out of memory, or over RLIMIT_MEMLOCK (`ulimit -l`)',
    );
  });
});
