// How many queues and entries there are: the recorded ones of QEMU, or what options say.
import { expect, it } from 'vitest';
import { CAP, DOORBELLS } from '../../../src/devices/nvme/registers.js';
import { NvmeBench, PLACES } from './nvme-bench.js';

const [CREATE_SQ, CREATE_CQ, SET] = [1, 5, 9];
const READ = 2;

it('64 queue pairs of 4096 entries', () => {
  const nvme = new NvmeBench({ size: '1M', queues: '64', queue_entries: '4096' }).enable();
  expect(nvme.read(CAP) & 0xffff).toBe(4095);
  expect(nvme.admin({ opcode: SET, dwords: [7, 0x003f_003f] }).result).toBe(0x003f_003f);
  const create = (opcode: number, prp1: number, dwords: number[]): number =>
    nvme.admin({ opcode, prp1, dwords }).status;
  for (let id = 1; id <= 64; id++) {
    expect(create(CREATE_CQ, 0x100000, [(4095 << 16) | id, 3])).toBe(0);
    expect(create(CREATE_SQ, 0x140000, [(4095 << 16) | id, (id << 16) | 1])).toBe(0);
  }
  expect(create(CREATE_CQ, 0x100000, [(4096 << 16) | 65, 3])).toBe(0x101);
});

it('queues of 4096 entries go round', () => {
  const nvme = new NvmeBench({ size: '1M', queue_entries: '4096' }).enable();
  const [submission, completion] = [0x100000, 0x180000];
  const sizes = (4095 << 16) | 1;
  nvme.admin({ opcode: CREATE_CQ, prp1: completion, dwords: [sizes, 1] });
  nvme.admin({ opcode: CREATE_SQ, prp1: submission, dwords: [sizes, (1 << 16) | 1] });
  for (let index = 0; index < 4096; index++) {
    const at = submission + 64 * index;
    nvme.view.setUint8(at, READ);
    nvme.view.setUint32(at + 4, 1, true);
    nvme.view.setUint16(at + 2, index, true);
    nvme.view.setBigUint64(at + 24, BigInt(PLACES.data), true);
  }
  for (const tail of [4095, 100]) {
    nvme.write(DOORBELLS + 8, tail);
    nvme.wait();
    nvme.write(DOORBELLS + 12, tail);
  }
  const entry = (index: number): number[] =>
    [8, 12, 14].map((at) => nvme.view.getUint16(completion + 16 * index + at, true));
  // Head, command, phase: the last of the first round, and the 100th of the second.
  expect(entry(4095)).toEqual([0, 4095, 1]);
  expect(entry(99)).toEqual([100, 99, 0]);
});

it('fewer queues: the others are none', () => {
  const nvme = new NvmeBench({ size: '1M', queues: '2', queue_entries: '8' }).enable();
  expect(nvme.admin({ opcode: SET, dwords: [7, 0x003f_003f] }).result).toBe(0x0001_0001);
  const create = (id: number, entries: number): number =>
    nvme.admin({ opcode: CREATE_CQ, prp1: 0x100000, dwords: [((entries - 1) << 16) | id, 1] })
      .status;
  expect([create(2, 9), create(3, 8), create(2, 8)]).toEqual([0x102, 0x101, 0]);
});
