// Round robin arbitration (NVM Express 1.4 §4.13): queues take turns, whatever others have to do.
import { beforeEach, expect, it } from 'vitest';
import { DOORBELLS } from '../../../src/devices/nvme/registers.js';
import { NvmeBench, PLACES } from './nvme-bench.js';

const [CREATE_SQ, CREATE_CQ, SET] = [1, 5, 9];
const READ = 2;
const PAGE = 4096;
/** Pages of the queues: completions, and one submission queue a page. */
const COMPLETIONS = 0x180000;
const SUBMISSIONS = 0x190000;
const ENTRIES = 64;

let nvme: NvmeBench;

/** Three submission queues that complete in one queue. */
beforeEach(() => {
  nvme = new NvmeBench().enable();
  nvme.admin({ opcode: CREATE_CQ, prp1: COMPLETIONS, dwords: [(255 << 16) | 1, 1] });
  for (const id of [1, 2, 3]) {
    const prp1 = SUBMISSIONS + PAGE * id;
    nvme.admin({ opcode: CREATE_SQ, prp1, dwords: [((ENTRIES - 1) << 16) | id, (1 << 16) | 1] });
  }
});

/** Puts reads of so many blocks into a queue. */
function fill(queue: number, count: number, blocks: number): void {
  for (let index = 0; index < count; index++) {
    const at = SUBMISSIONS + PAGE * queue + 64 * index;
    nvme.view.setUint8(at, READ);
    nvme.view.setUint32(at + 4, 1, true);
    nvme.view.setBigUint64(at + 24, BigInt(PLACES.data), true);
    nvme.view.setBigUint64(at + 32, BigInt(PLACES.lists), true);
    nvme.view.setUint32(at + 48, blocks - 1, true);
  }
  for (let page = 0; page < 128; page++) {
    const address = BigInt(PLACES.data + PAGE * (page + 1));
    nvme.view.setBigUint64(PLACES.lists + 8 * page, address, true);
  }
}

/** Rings all three at once, as stores into mapped memory do. */
function ring(count: number): void {
  for (const id of [1, 2, 3]) nvme.mapped.setUint32(DOORBELLS + 8 * id, count, true);
  nvme.bar.setMapped(true);
  nvme.machine.kernel.pollers.poll();
}

/** Which queues the completions so far are of. */
function order(): number[] {
  const all = Array.from({ length: 255 }, (_, index) => COMPLETIONS + 16 * index);
  return all
    .filter((at) => nvme.view.getUint16(at + 14, true) & 1)
    .map((at) => nvme.view.getUint16(at + 10, true));
}

it('the arbitration burst is what is taken from a queue before it is the next one’s turn', () => {
  nvme.admin({ opcode: SET, dwords: [1, 1] });
  for (const id of [1, 2, 3]) fill(id, 4, 1);
  ring(4);
  expect(order()).toEqual([1, 1, 2, 2, 3, 3, 1, 1, 2, 2, 3, 3]);
});

it('a slice that ends in the middle goes on with the next queue: none starves', () => {
  // Each of these fills half a slice: without turns the first queue would take all of them.
  for (const id of [1, 2, 3]) fill(id, 32, 1024);
  ring(32);
  for (let slice = 0; slice < 3; slice++) {
    const { timers } = nvme.machine.kernel;
    timers.fireNext(timers.nowMs);
  }
  expect(new Set(order())).toEqual(new Set([1, 2, 3]));
});
