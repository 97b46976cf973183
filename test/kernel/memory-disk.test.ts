// Disks in memory: like an array of bytes, for any sequence of accesses.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MemoryDisk } from '../../src/kernel/memory-disk.js';

const SIZE = 300_000;

const range = fc
  .tuple(fc.integer({ min: 0, max: SIZE }), fc.integer({ min: 0, max: SIZE }))
  .map(([one, other]) => ({ start: Math.min(one, other), end: Math.max(one, other) }));
const access = fc.record({
  kind: fc.constantFrom('write', 'discard'),
  range,
  value: fc.integer({ min: 1, max: 255 }),
});

it('holds what was written last, and zeros where nothing was or it was discarded', () => {
  fc.assert(
    fc.property(fc.array(access, { maxLength: 12 }), (accesses) => {
      const disk = new MemoryDisk(SIZE);
      const model = new Uint8Array(SIZE);
      for (const { kind, range: at, value } of accesses) {
        model.fill(kind === 'write' ? value : 0, at.start, at.end);
        if (kind === 'write') disk.write(at.start, model.slice(at.start, at.end));
        else disk.discard(at.start, at.end - at.start);
      }
      const content = new Uint8Array(SIZE).fill(0xee);
      disk.read(0, content);
      expect(Buffer.compare(content, model)).toBe(0);
    }),
    { numRuns: 50 },
  );
});

it('takes memory for what is written only, and gives back what is discarded', () => {
  const disk = new MemoryDisk(2 ** 40);
  disk.write(2 ** 39, new Uint8Array(512));
  expect(disk.allocated).toBe(64 * 1024);
  disk.discard(0, 2 ** 40);
  expect(disk.allocated).toBe(0);
});

it('is not written when it is read-only', () => {
  const disk = new MemoryDisk(512, true);
  expect(() => disk.write(0, new Uint8Array(1))).toThrow('read-only');
});
