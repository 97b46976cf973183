// Stores to memory of programs: what is stored, and that a driver that spins on it never finds it stored twice.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { NativeBuffer } from '../../src/host/native/native-buffer.unsafe.js';
import { ProcessMemory } from '../../src/host/native/process-memory.unsafe.js';
import { NativeMemory } from '../../src/host/native-memory.unsafe.js';
import { OrderedMemory } from '../../src/host/ordered-memory.js';
import type { DmaMemory } from '../../src/iommu/iommu-domain.js';
import { requires } from '../support/requirement.js';
import { describeNative } from './native/platform-condition.js';
import { compiled } from './uvfio.js';

const SIZE = 0x10000;

test('copies what Uint8Array.set would', () => {
  const position = fc.nat({ max: 64 });
  const length = fc.oneof(fc.nat({ max: 40 }), fc.nat({ max: 1600 }));
  fc.assert(
    fc.property(position, position, length, (at, from, count) => {
      const source = new OrderedMemory(Uint8Array.from({ length: 2048 }, (_, i) => i * 7 + 1));
      const target = new OrderedMemory(new Uint8Array(2048));
      const expected = new Uint8Array(2048);
      expected.set(source.bytes.subarray(from, from + count), at);
      target.copy(at, source, from, count);
      expect(Buffer.compare(target.bytes, expected)).toBe(0);
    }),
  );
});

describeNative('a driver that takes descriptors back within nanoseconds', () => {
  requires('cc', () => {
    test('does not lose one', async () => {
      const folder = mkdtempSync('/dev/shm/uvfio-test-');
      onTestFinished(() => rmSync(folder, { recursive: true }));
      const file = path.join(folder, 'memory');
      writeFileSync(file, new Uint8Array(SIZE));
      const buffer = NativeBuffer.mapFile(openSync(file, 'r+'), 0, SIZE);
      const memory = new NativeMemory(process.pid, new ProcessMemory(), 'no device memory');
      memory.pin(buffer.address, SIZE, true);
      memory.mapped(buffer.address, SIZE);
      const driver = spawn(compiled('descriptor-driver'), [file, '3000']);
      let output = '';
      driver.stdout.on('data', (data: Buffer) => {
        output += data.toString();
      });
      writeBack(buffer, memory.pinned);
      await once(driver, 'close');
      const [bursts, overwritten] = output.split(' ').map(Number);
      expect(bursts).toBeGreaterThan(500);
      expect(overwritten).toBe(0);
    }, 30_000);
  });
});

/** The device's half: marks bursts of descriptors as done, as long as the driver wants. */
function writeBack({ address, u32: turns }: NativeBuffer, memory: DmaMemory | undefined): void {
  const done = new Uint32Array(4 * 64);
  for (let word = 0; word < done.length; word += 4) done.set([0x210, 0, 3, 60], word);
  const source = new Uint8Array(done.buffer);
  for (;;) {
    let turn = 0;
    while (turn !== 1 && turn !== 3) turn = Atomics.load(turns, 0);
    if (turn === 3) return;
    const [, first = 0, count = 0] = turns;
    const descriptors = { address: address + 0x1000 + 16 * first, length: 16 * count };
    memory?.writev?.([descriptors], source.subarray(0, descriptors.length));
    Atomics.store(turns, 0, 2);
  }
}
