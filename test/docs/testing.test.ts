// The page on testing, and the action that it describes.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { MAIN } from '../host/uvfio.js';

const read = (name: string): string =>
  readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

interface Step {
  readonly name: string;
  readonly if?: string;
  readonly env: Readonly<Record<string, string>>;
  readonly run: string;
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

const action = parse(read('action.yml')) as Action;

/** Runs the action's own script with these inputs, as a runner does; `uvfio` is the one that was built. */
function runWith(inputs: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(path.join(tmpdir(), 'uvfio-action-'));
  writeFileSync(
    path.join(folder, 'uvfio'),
    `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`,
  );
  chmodSync(path.join(folder, 'uvfio'), 0o755);
  const step = action.runs.steps.find(({ name }) => name === 'Run');
  const env = Object.fromEntries(
    Object.entries(step?.env ?? {}).map(([name, text]) => {
      const input = /^\$\{\{ inputs\.([\w-]+) \}\}$/.exec(text)?.[1] ?? '';
      return [name, inputs[input] ?? action.inputs[input]?.default ?? ''];
    }),
  );
  return spawnSync('bash', ['-eo', 'pipefail', '-c', step?.run ?? 'false'], {
    encoding: 'utf8',
    env: { ...process.env, ...env, PATH: `${folder}:${process.env['PATH']}` },
  });
}

describe('the GitHub Action', () => {
  test('uses inputs that it has, and has none that it does not use', () => {
    const used = [...read('action.yml').matchAll(/\$\{\{ inputs\.([\w-]+)/g)].map(
      ([, name]) => name,
    );
    expect(new Set(used)).toEqual(new Set(Object.keys(action.inputs)));
  });

  test('runs the script on a machine with the devices', () => {
    const devices = 'edu,addr=0000:00:05.0\n\n  edu,addr=0000:00:06.0\n';
    const { status, stdout } = runWith({ devices, run: 'ls /sys/bus/pci/devices\necho done' });
    expect([status, stdout]).toEqual([0, '0000:00:05.0\n0000:00:06.0\ndone\n']);
  });

  test('fails as the script does, with faults on purpose', () => {
    const { status, stderr } = runWith({
      faults: 'open:EACCES',
      seed: '7',
      run: 'exec 3<>/dev/vfio/vfio\necho not reached',
    });
    expect(status).not.toBe(0);
    expect(stderr).toContain('faults that struck: open:EACCES (1 of 1 times)');
  });
});

test('docs/testing.md shows the example, and every input of the action', () => {
  const page = read('docs/testing.md');
  const example = 'examples/testing/edu-driver.test.ts';
  expect(page).toContain(`<!-- ${example} -->\n\`\`\`ts\n${read(example)}\`\`\`\n`);
  for (const name of Object.keys(action.inputs)) expect(page).toContain(`\`${name}\``);
});
