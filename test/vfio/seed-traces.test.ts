// The C code's behaviour, as recorded: every operation answers the same, with the same callbacks,
// reports and state afterwards. Traces named rnd_… are random sequences.
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { replayFile } from '../../tools/conformance-seed/replay.js';
import { readTraces } from '../../tools/conformance-seed/trace-files.js';

const traces = readTraces('test/data/seed-traces.tar.br');
const isRandom = (name: string): boolean => path.basename(name).startsWith('rnd_');

describe('the core does what the C code did', () => {
  for (const { name, text } of traces.filter(({ name }) => !isRandom(name))) {
    test(path.basename(name, '.jsonl'), async () => {
      expect(await replayFile(name, text)).toBeUndefined();
    });
  }

  test('in random sequences of operations', async () => {
    for (const { name, text } of traces.filter(({ name }) => isRandom(name))) {
      expect(await replayFile(name, text)).toBeUndefined();
    }
  });
});
