// docs/machine.md: its examples print what they say, and its tables leave no key out.

import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { deviceModels } from '../../src/devices/index.js';
import { MAIN } from '../host/uvfio.js';
import { requires } from '../support/requirement.js';

const page = readFileSync(new URL('../../docs/machine.md', import.meta.url), 'utf8');
const folder = mkdtempSync(path.join(tmpdir(), 'uvfio-docs-'));

const files = [...page.matchAll(/<!-- (\S+) -->\n```yaml\n(.*?)```/gs)];
const commands = [...page.matchAll(/^```console\n(.*?)```$/gms)].flatMap(([, text = '']) =>
  [...text.matchAll(/^\$ (.*)\n((?:[^$].*\n)*)/gm)].map(([, command = '', output = '']) => ({
    command,
    output,
  })),
);

requires('lspci', () => {
  describe('examples', () => {
    for (const [, name = '', text = ''] of files) writeFileSync(path.join(folder, name), text);
    const script = path.join(folder, 'uvfio');
    writeFileSync(script, `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`);
    chmodSync(script, 0o755);

    test('are there', () => {
      expect(files.length).toBeGreaterThan(3);
      expect(commands.length).toBeGreaterThan(files.length);
    });

    test.each(commands)('$command', ({ command, output }) => {
      const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}` };
      const { stdout, stderr } = spawnSync('sh', ['-c', command], {
        cwd: folder,
        encoding: 'utf8',
        env,
      });
      // Where Linux has no modules at all, lspci says so.
      const errors = stderr.replace(/^lspci: .*libkmod.*\n/m, '');
      expect((stdout + errors).trimEnd()).toBe(output.trimEnd());
    });
  });
});

describe('tables', () => {
  const keys = new Set(
    [...page.matchAll(/^\| (.*?) \|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, key = '']) => key),
    ),
  );

  test.each([...deviceModels])('have the model %s with all its options', (name, { options }) => {
    expect(page).toMatch(new RegExp(`^## The models? .*\`${name}\``, 'm'));
    expect(Object.keys(options).filter((option) => !keys.has(option))).toEqual([]);
  });
});
