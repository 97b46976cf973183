// docs/first-device.md: its commands print what they say, and its code is that of the examples.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { requires } from '../support/requirement.js';
import { Page } from './page.js';

const page = new Page('first-device.md');

requires(['lspci', 'cc'], () => {
  describe('commands, in their order', () => {
    page.prepare();

    test.each(page.commands)('$command', ({ command, output }) => {
      expect(page.run(command).trimEnd()).toBe(output.trimEnd());
    });
  });
});

test('the code is that of the example', () => {
  const example = new URL('../../examples/devices/adder.ts', import.meta.url);
  expect(page.files.get('adder.ts')).toBe(readFileSync(example, 'utf8'));
});
