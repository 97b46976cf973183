// Queues: creating and deleting them, doorbells, phases, interrupts (NVM Express 1.4 §4.1, §5.3 to §5.6, §7.5).
import { beforeEach, describe, expect, it } from 'vitest';
import { DOORBELLS, INTMC, INTMS } from '../../../src/devices/nvme/registers.js';
import { MEMORY_SIZE, NvmeBench, PLACES } from './nvme-bench.js';

const [DELETE_SQ, CREATE_SQ, DELETE_CQ, CREATE_CQ] = [0, 1, 4, 5];
const READ = 2;
const EVENT = 12;
const SIXTEEN = 15 << 16;

let nvme: NvmeBench;

beforeEach(() => {
  nvme = new NvmeBench().enable();
});

const createCompletion = (dword10: number, dword11 = 1, prp1 = PLACES.ioCompletion): number =>
  nvme.admin({ opcode: CREATE_CQ, prp1, dwords: [dword10, dword11] }).status;
const createSubmission = (dword10: number, dword11: number, prp1 = PLACES.ioSubmission): number =>
  nvme.admin({ opcode: CREATE_SQ, prp1, dwords: [dword10, dword11] }).status;

describe('creating and deleting', () => {
  it('identifiers are 1 to 64, each used once', () => {
    expect([0, 65, 64, 64].map((id) => createCompletion(SIXTEEN | id))).toEqual([
      0x101, 0x101, 0, 0x101,
    ]);
  });

  it('queues have 2 to 2048 entries', () => {
    expect(createCompletion(1)).toBe(0x102);
    expect(createCompletion((0x800 << 16) | 1)).toBe(0x102);
    expect(createCompletion((0x7ff << 16) | 1)).toBe(0);
  });

  it('they are contiguous, and begin with a page', () => {
    expect(createCompletion(SIXTEEN | 1, 0)).toBe(0x02);
    expect(createCompletion(SIXTEEN | 1, 1, PLACES.ioCompletion + 64)).toBe(0x13);
  });

  it('vectors beyond the first need MSI-X', () => {
    expect(createCompletion(SIXTEEN | 1, (1 << 16) | 3)).toBe(0x108);
    nvme.enableInterrupts('msix', 8);
    expect(createCompletion(SIXTEEN | 1, (64 << 16) | 3)).toBe(0);
    expect(createCompletion(SIXTEEN | 2, (65 << 16) | 3)).toBe(0x108);
  });

  it('submission queues need the completion queue that they name', () => {
    expect(createSubmission(SIXTEEN | 1, (1 << 16) | 1)).toBe(0x100);
    expect([0, 65].map((id) => createSubmission(SIXTEEN | 1, (id << 16) | 1))).toEqual([
      0x101, 0x101,
    ]);
  });

  it('completion queues go after the submission queues that use them', () => {
    nvme.createQueues();
    const remove = (opcode: number, id: number) => nvme.admin({ opcode, dwords: [id] }).status;
    expect(remove(DELETE_CQ, 1)).toBe(0x10c);
    expect([remove(DELETE_SQ, 1), remove(DELETE_SQ, 1)]).toEqual([0, 0x101]);
    expect([remove(DELETE_CQ, 1), remove(DELETE_CQ, 1), remove(DELETE_CQ, 0)]).toEqual([
      0, 0x101, 0x101,
    ]);
  });
});

describe('doorbells', () => {
  it('phases turn as the queue goes round, and heads come with completions', () => {
    nvme.createQueues(4);
    for (let count = 0; count < 11; count++) {
      expect(nvme.io({ opcode: READ, dwords: [0] }).status).toBe(0);
    }
    expect(nvme.view.getUint16(PLACES.ioCompletion + 16 * 2 + 8, true)).toBe(3);
  });

  it('commands wait while the completion queue is full', () => {
    nvme.createQueues(4);
    for (let count = 0; count < 3; count++) nvme.submit(1, { opcode: READ, nsid: 1 });
    for (let count = 0; count < 3; count++) expect(nvme.take(1, false)?.status).toBe(0);
    nvme.submit(1, { opcode: READ, nsid: 1 });
    expect(nvme.take(1, false)).toBeUndefined();
    nvme.write(DOORBELLS + 12, 1);
    expect(nvme.take(1)?.status).toBe(0);
  });

  it('an event finds its place when the completion queue has one again', () => {
    nvme.enable(2);
    nvme.submit(0, { opcode: EVENT });
    const other = nvme.submit(0, { opcode: 0x55 });
    nvme.write(DOORBELLS + 8 * 40, 1);
    expect(nvme.take(0)?.commandId).toBe(other);
    expect(nvme.take(0)?.result).toBe(0x01_00_00);
  });

  it('values that can not be change nothing', () => {
    nvme.createQueues();
    nvme.write(DOORBELLS + 8, 16);
    nvme.write(DOORBELLS + 12, 5);
    expect(nvme.io({ opcode: READ }).status).toBe(0);
    nvme.admin({ opcode: 2, dwords: [(127 << 16) | 2] });
    expect(nvme.data(1, 176)[0]).toBe(2);
  });

  it('are found in mapped memory', () => {
    nvme.submit(0, { opcode: 6, dwords: [1] }, false);
    nvme.store(DOORBELLS, 1);
    expect(nvme.take(0, false)?.status).toBe(0);
  });

  it('of queues that were made again begin at 0', () => {
    nvme.createQueues();
    nvme.submit(1, { opcode: READ, nsid: 1 }, false);
    nvme.store(DOORBELLS + 8, 1);
    nvme.admin({ opcode: DELETE_SQ, dwords: [1] });
    nvme.admin({ opcode: DELETE_CQ, dwords: [1] });
    nvme.createQueues();
    nvme.submit(1, { opcode: READ, nsid: 1 }, false);
    nvme.store(DOORBELLS + 8, 1);
    expect(nvme.take(1)?.status).toBe(0);
  });

  it('many commands are executed in slices, with one read of entries for many', () => {
    nvme.createQueues(64);
    for (let count = 0; count < 8; count++) {
      nvme.submit(1, { opcode: READ, nsid: 1, prp2: PLACES.lists, dwords: [0, 0, 1023] }, false);
    }
    const pages = Array.from({ length: 128 }, (_, index) => PLACES.data + 4096 * (index + 1));
    for (const [index, page] of pages.entries()) {
      nvme.view.setBigUint64(PLACES.lists + 8 * index, BigInt(page), true);
    }
    nvme.accesses.length = 0;
    nvme.ring(1);
    const taken = () => {
      let count = 0;
      while (nvme.take(1, false) !== undefined) count += 1;
      return count;
    };
    expect(taken()).toBe(2);
    nvme.wait();
    expect(taken()).toBe(6);
    const entries = nvme.accesses.filter(
      ({ iova, isWrite }) => !isWrite && iova < PLACES.ioCompletion,
    );
    expect(entries.length).toBeLessThanOrEqual(4);
  });
});

describe('memory that can not be reached is a fatal error, which a reset ends:', () => {
  const HIGHEST = 2 ** 64 - 4096;

  it.each([
    ['commands that are nowhere', MEMORY_SIZE, PLACES.ioCompletion],
    ['commands at the end of addresses', HIGHEST, PLACES.ioCompletion],
    ['completions to nowhere', PLACES.ioSubmission, MEMORY_SIZE],
    ['completions at the end of addresses', PLACES.ioSubmission, HIGHEST],
  ])('%s', (_, submission, completion) => {
    createCompletion(SIXTEEN | 1, 1, completion);
    createSubmission(SIXTEEN | 1, (1 << 16) | 1, submission);
    expect(nvme.isFatal).toBe(false);
    nvme.write(DOORBELLS + 8, 1);
    expect(nvme.isFatal).toBe(true);
    nvme.enable().createQueues();
    expect([nvme.isFatal, nvme.io({ opcode: READ }).status]).toEqual([false, 0]);
  });
});

describe('interrupts', () => {
  it('MSI-X: the vector of the queue, once for completions that come together', () => {
    nvme.enableInterrupts('msix', 4);
    nvme.createQueues(16, 3);
    nvme.vectors.length = 0;
    for (let count = 0; count < 5; count++) nvme.submit(1, { opcode: READ, nsid: 1 }, false);
    nvme.ring(1);
    expect(nvme.vectors).toEqual([3]);
  });

  it('INTx stays raised until all entries are taken', () => {
    nvme.enableInterrupts('intx', 1);
    nvme.submit(0, { opcode: 0x55 });
    expect([nvme.vectors, nvme.member.interrupts.isIntxPending]).toEqual([[0], true]);
    nvme.take(0);
    expect(nvme.member.interrupts.isIntxPending).toBe(false);
  });

  it('INTMS keeps INTx down, and INTMC lets it rise', () => {
    nvme.write(INTMS, 1);
    nvme.submit(0, { opcode: 0x55 });
    expect(nvme.member.interrupts.isIntxPending).toBe(false);
    nvme.store(INTMC, 1);
    expect(nvme.member.interrupts.isIntxPending).toBe(true);
  });

  it('queues without interrupts raise none', () => {
    createCompletion(SIXTEEN | 1, 1);
    createSubmission(SIXTEEN | 1, (1 << 16) | 1);
    nvme.view.setUint8(PLACES.ioSubmission, READ);
    nvme.view.setUint32(PLACES.ioSubmission + 4, 1, true);
    nvme.write(DOORBELLS + 8, 1);
    expect(nvme.view.getUint16(PLACES.ioCompletion + 14, true)).toBe(1);
    expect(nvme.member.interrupts.isIntxPending).toBe(false);
  });
});
