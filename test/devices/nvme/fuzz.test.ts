// Any access, any command, in any order: the controller survives, every command gets one completion,
// and slices end. Longer with UVFIO_FUZZ_RUNS; a failure prints the seed to repeat it with.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ACQ, AQA, ASQ, CC, DOORBELLS } from '../../../src/devices/nvme/registers.js';
import { ENABLE, MEMORY_SIZE, NvmeBench, PLACES } from './nvme-bench.js';

const RUNS = Number(process.env['UVFIO_FUZZ_RUNS'] ?? 60);
const SEED = Number(process.env['UVFIO_FUZZ_SEED'] ?? 1404);
const options = { numRuns: RUNS, seed: SEED, endOnFailure: true };

const word = fc.oneof(
  fc.integer({ min: 0, max: 0xffff_ffff }),
  fc.integer({ min: 0, max: 64 }),
  fc.constantFrom(0, 0xffff_ffff, ENABLE, PLACES.adminSubmission, PLACES.ioSubmission),
);
const offset = fc.oneof(
  fc.constantFrom(AQA, ASQ, ASQ + 4, ACQ, ACQ + 4, CC, 0x0c, 0x10, 0x1c),
  fc.integer({ min: 0, max: 12 }).map((index) => DOORBELLS + 4 * index),
  fc.integer({ min: 0, max: 0x3fff }),
);
const access = fc.record({
  offset,
  size: fc.constantFrom(1 as const, 2 as const, 4 as const),
  value: word,
  kind: fc.constantFrom('read', 'write', 'store', 'wait'),
});

it('accesses to registers', () => {
  fc.assert(
    fc.property(
      fc.array(access, { maxLength: 60 }),
      fc.uint8Array({ maxLength: 2048 }),
      (all, memory) => {
        const nvme = new NvmeBench({ size: '64K' });
        nvme.memory.set(memory, PLACES.adminSubmission);
        for (const { kind, offset: at, size, value } of all) {
          if (at + size > 0x4000) continue;
          if (kind === 'read') nvme.bar.read(at, size);
          else if (kind === 'write') nvme.bar.write(at, size, value);
          else if (kind === 'store') nvme.store(at & ~3, value);
          else nvme.wait();
        }
        nvme.wait();
        nvme.write(CC, 0);
        expect(nvme.enable().admin({ opcode: 6, dwords: [1] }).status).toBe(0);
      },
    ),
    options,
  );
});

const address = fc.oneof(
  fc.integer({ min: 0, max: MEMORY_SIZE + 0x2000 }),
  fc.integer({ min: 0, max: 0x1ff }).map((page) => page * 4096),
  fc.constantFrom(PLACES.data, PLACES.lists),
);
const command = fc.record({
  queue: fc.constantFrom(0, 1),
  opcode: fc.oneof(fc.integer({ min: 0, max: 0x0d }), fc.integer({ min: 0, max: 0xff })),
  flags: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xff })),
  nsid: fc.constantFrom(0, 1, 1, 1, 2, 0xffff_ffff),
  prp1: address.filter((at) => at >= PLACES.lists),
  prp2: address.filter((at) => at >= PLACES.lists),
  dwords: fc.array(word, { minLength: 6, maxLength: 6 }),
});
/** Those that take queues or the namespace away, or wait for ever. */
const SPECIAL = new Set([0, 4, 12, 13, 21]);

it('commands', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
      const nvme = new NvmeBench({ size: '64K' }).enable().createQueues();
      for (const { queue, ...fields } of commands) {
        if (queue === 0 && SPECIAL.has(fields.opcode)) continue;
        const before = nvme.memory.slice(0, PLACES.lists);
        const { status } = nvme.run(queue, fields);
        expect(status).toBeLessThan(0x300);
        // What a transfer wrote over the queues would be the command's own doing: put them back.
        if (nvme.isFatal) return;
        nvme.memory.set(before.subarray(0, PLACES.adminSubmission), 0);
      }
      expect(nvme.io({ opcode: 0 }).status).toBe(0);
    }),
    options,
  );
});
