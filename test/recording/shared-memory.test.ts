// Memory that devices share with clients, as it is recorded: nothing is lost on the way between the two.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LocalMemoryObject } from '../../src/kernel/memory-object.js';
import { type Recorded, Recorder, type RecordSink } from '../../src/recording/index.js';
import { PAGE_SIZE } from '../../src/uapi/file.js';

const SIZE = 2 * PAGE_SIZE;
const areEqual = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;

/** Memory with both its sides, and what is recorded of it. */
function sharedMemory() {
  const records: Recorded[] = [];
  const sink: RecordSink = {
    write: (kind, values) => void records.push({ kind, ...values } as Recorded),
  };
  const recorder = new Recorder({ sink, isFull: true });
  const outside = new LocalMemoryObject();
  const memory = recorder.sharedMemories.record(recorder, outside, areEqual);
  const model = new DataView(memory.map(0, SIZE).buffer);
  const client = new DataView(outside.map(0, SIZE).buffer);
  memory.setMapped(0, true);
  return { memory, model, client, records };
}

const word = fc.oneof(fc.nat(3), fc.integer({ min: PAGE_SIZE / 4 - 2, max: PAGE_SIZE / 4 + 1 }));
const step = fc.oneof(
  fc.record({ who: fc.constantFrom('client', 'model'), word }),
  fc.constantFrom('take', 'show'),
);

test('whoever stores last is what both see in the end, and clients win ties', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { memory, model, client } = sharedMemory();
      /** By word: what was stored last, and by whom. */
      const last = new Map<number, { value: number; ofModel: boolean }>();
      for (const [index, one] of steps.entries()) {
        if (one === 'take') memory.take();
        else if (one === 'show') memory.show();
        else {
          const side = one.who === 'client' ? client : model;
          // Each another: a store of what stands there already is none that anybody could see.
          const value = index + 1;
          side.setUint32(one.word * 4, value, true);
          last.set(one.word, { value, ofModel: one.who === 'model' });
        }
      }
      memory.take();
      memory.show();
      memory.take();
      expect(areEqual(new Uint8Array(model.buffer), new Uint8Array(client.buffer))).toBe(true);
      for (const [at, { value, ofModel }] of last) {
        // A store of a client's that nothing has followed is what stands there.
        if (!ofModel) expect(client.getUint32(at * 4, true)).toBe(value);
      }
    }),
    { numRuns: 500 },
  );
});

test('a store that comes while the model shows something else is found by the next look', () => {
  const { memory, model, client } = sharedMemory();
  memory.take();
  model.setUint32(8, 1, true);
  client.setUint32(8, 2, true);
  memory.show();
  expect(client.getUint32(8, true)).toBe(2);
  expect(memory.take()).toBe(true);
  expect(model.getUint32(8, true)).toBe(2);
});

test('runs of words that have changed are one record each', () => {
  const { memory, client, records } = sharedMemory();
  for (const at of [0, 4, 12, PAGE_SIZE]) client.setUint32(at, at + 1, true);
  memory.take();
  const places = records.map(
    (record) => record.kind === 'stored' && [record.offset, record.bytes.length],
  );
  expect(places).toEqual([
    [0, 8],
    [12, 4],
    [PAGE_SIZE, 4],
  ]);
});
