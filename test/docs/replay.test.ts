// docs/replay.md: its commands, in their order, print what it says.
import { describe, expect, test } from 'vitest';
import { requires } from '../support/requirement.js';
import { Page } from './page.js';

const page = new Page('replay.md');

/** What differs from run to run: numbers of records, processes, descriptors, and how long things took. */
function withoutNumbers(text: string): string {
  return text
    .replace(/\d+ records|record \d+/g, 'N records')
    .replace(/(?<=\[|\()\d+(?=\]|\)| 0000:)/g, 'N')
    .replace(/<[\d.]+ .?s>/g, '<N µs>')
    .trimEnd();
}

requires('qemu-img', () => {
  describe('commands, in their order', () => {
    page.prepare();

    test.each(page.commands)('$command', ({ command, output }) => {
      expect(withoutNumbers(page.run(command))).toBe(withoutNumbers(output));
    });
  });
});
