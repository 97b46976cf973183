// docs/machine.md: its examples print what they say, and its tables leave no key out.

import { describe, expect, test } from 'vitest';
import { deviceModels } from '../../src/devices/index.js';
import { requires } from '../support/requirement.js';
import { Page } from './page.js';

const page = new Page('machine.md');

requires('lspci', () => {
  describe('examples', () => {
    page.prepare();

    test('are there', () => {
      expect(page.files.size).toBeGreaterThan(3);
      expect(page.commands.length).toBeGreaterThan(page.files.size);
    });

    test.each(page.commands)('$command', ({ command, output }) => {
      expect(page.run(command).trimEnd()).toBe(output.trimEnd());
    });
  });
});

describe('tables', () => {
  const keys = new Set(
    [...page.text.matchAll(/^\| (.*?) \|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, key = '']) => key),
    ),
  );

  test.each([...deviceModels])('have the model %s with all its options', (name, { options }) => {
    expect(page.text).toMatch(new RegExp(`^## The models? .*\`${name}\``, 'm'));
    expect(Object.keys(options).filter((option) => !keys.has(option))).toEqual([]);
  });
});
