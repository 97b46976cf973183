// docs/networks.md: its commands print what they say, and its tables leave no key out.
import { describe, expect, test } from 'vitest';
import { networkSchema } from '../../src/machine/network-description.js';
import { requires } from '../support/requirement.js';
import { Page } from './page.js';

const page = new Page('networks.md');

requires('tcpdump', () => {
  describe('commands, in their order', () => {
    page.prepare();

    test.each(page.commands)('$command', ({ command, output }) => {
      expect(page.run(command).trimEnd()).toBe(output.trimEnd());
    });
  });
});

test('the tables have every key of a network', () => {
  const keys = [...page.text.matchAll(/^\| `(\w+)` \|/gm)].map(([, key]) => key);
  expect(['name', ...keys].toSorted()).toEqual(Object.keys(networkSchema.entries).toSorted());
});
