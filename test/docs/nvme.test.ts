// docs/nvme.md: its commands, in their order, print what it says; `…` stands for anything.
import { expect, test } from 'vitest';
import { nvmeModel } from '../../src/devices/nvme/index.js';
import { PLACEMENT_OPTIONS } from '../../src/pci/device-options.js';
import { requires } from '../support/requirement.js';
import { Page } from './page.js';

const page = new Page('nvme.md');

/** What matches text that may leave things out. */
function pattern(text: string): RegExp {
  const literal = text.trimEnd().replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replaceAll('…', '[^]*')}$`);
}

requires(['qemu-img', 'qemu-io', 'lspci'], () => {
  page.prepare();

  test.each(page.commands)('$command', ({ command, output }) => {
    expect(page.run(command).trimEnd()).toMatch(pattern(output));
  });
});

test('its table has all options of the model', () => {
  const own = Object.keys(nvmeModel.options).filter((option) => !(option in PLACEMENT_OPTIONS));
  for (const option of own) expect(page.text).toContain(`| \`${option}\` |`);
});
