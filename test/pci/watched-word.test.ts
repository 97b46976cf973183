// Registers in memory that clients store to at any moment, also while the model shows what they hold.
import { expect, test } from 'vitest';
import { Pollers } from '../../src/kernel/pollers.js';
import { Bar } from '../../src/pci/bar.js';
import { WatchedWord } from '../../src/pci/watched-word.js';

const OFFSET = 8;

function newWord(size: 4 | 8) {
  const bytes = new Uint8Array(4096);
  const view = new DataView(bytes.buffer);
  const taken: bigint[] = [];
  const owner = { decodes: () => true };
  const description = { index: 0, kind: 'memory32', size: 4096, isMappable: true } as const;
  const bar = new Bar({ ...description, address: 0n }, owner, bytes);
  const word = new WatchedWord(bar, new Pollers(), {
    bar: 0,
    offset: OFFSET,
    size,
    stored: (value) => taken.push(value),
  });
  /** As a client does. */
  const store = (value: bigint): void => {
    if (size === 8) view.setBigUint64(OFFSET, value, true);
    else view.setUint32(OFFSET, Number(value), true);
  };
  return { word, store, taken };
}

test.each([4, 8] as const)(
  '%i bytes: what a client stores before a value is shown is taken, not overwritten',
  (size) => {
    const { word, store, taken } = newWord(size);
    store(0x200n);
    word.set(0n);
    expect(word.value).toBe(0x200n);
    expect([word.look(), word.look()]).toEqual([true, false]);
    expect(taken).toEqual([0x200n]);
    word.set(0n);
    store(0x200n);
    expect([word.look(), taken.length]).toEqual([true, 2]);
  },
);

test.each([4, 8] as const)('%i bytes: what the model shows is no store', (size) => {
  const { word, taken } = newWord(size);
  word.set(-1n);
  expect(word.value).toBe(2n ** BigInt(8 * size) - 1n);
  expect([word.look(), taken]).toEqual([false, []]);
});
