// Completion: the candidates, and each shell that asks for them.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { candidates } from '../../src/cli/completion/candidates.js';
import { buildProgram } from '../../src/cli/program.js';
import { MAIN, startUvfio } from '../host/uvfio.js';
import { requires } from '../support/requirement.js';

const program = buildProgram('1.2.3');

describe('candidates', () => {
  test.each([
    [['unp'], ['unplug']],
    [['run', '--fir'], ['--first-descriptor']],
    [['run', '--device', 'nv'], ['nvme']],
    [['run', '--device', 'nvme,si'], ['nvme,size=']],
    [['run', '-d', 'edu,dri'], ['edu,driver=']],
    [['run', '--fault', 'map_'], ['map_dma:']],
    [['run', '--fault', 'map_dma:ENOM'], ['map_dma:ENOMEM']],
    [
      ['run', '--fault', 'irq:'],
      ['irq:lost', 'irq:spurious', 'irq:delay='],
    ],
    [['run', '--machine', 'nv'], ['nvme']],
    [['fault', 're'], ['remove']],
    [['fault', 'add', 'alloc'], ['alloc:']],
    [['completion', 'f'], ['fish']],
    [['run', '--device=nv'], ['--device=nvme']],
    [['run', '--fault=map_dma:ENOM'], ['--fault=map_dma:ENOMEM']],
    [['trace', '--only', 'ioc'], ['ioctl']],
    [['trace', '--only', 'ioctl,dm'], ['ioctl,dma']],
    [['help', 'tr'], ['trace']],
    [['help', 'trace', ''], []],
    [['devices', 'sh'], ['shell']],
    [['run', '--device', 'edu', '--', 'nv'], []],
    [['no-such-command', ''], []],
  ])('after %j: %j', async (words, expected) => {
    expect(await candidates(program, words)).toEqual(expect.arrayContaining(expected));
    if (expected.length < 2) expect(await candidates(program, words)).toHaveLength(expected.length);
  });

  test('addresses of running machines', async () => {
    const run = startUvfio([
      'run',
      '--device',
      'edu,addr=00:0b.0',
      '--',
      'sh',
      '-c',
      'echo ready; sleep 9',
    ]);
    await run.until('ready');
    const wanted = '0000:00:0b.0';
    const found = async () =>
      (await candidates(program, ['unplug', '0000:00:0b'])).includes(wanted);
    await expect.poll(found, { timeout: 8000 }).toBe(true);
    run.process.kill('SIGTERM');
    await run.ended;
  });
});

/** A folder with a `uvfio` in it, to be first in PATH. */
function folderWithUvfio(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'uvfio-shell-'));
  writeFileSync(
    path.join(folder, 'uvfio'),
    `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`,
  );
  chmodSync(path.join(folder, 'uvfio'), 0o755);
  return folder;
}

function inShell(shell: string, ...args: string[]): string {
  const env = { ...process.env, PATH: `${folderWithUvfio()}:${process.env['PATH']}` };
  return spawnSync(shell, args, { encoding: 'utf8', env }).stdout;
}

describe('shells', () => {
  test('bash: also behind colons, at which it cuts words', () => {
    const ask = (line: string): string =>
      `COMP_LINE='${line}'; COMP_POINT=\${#COMP_LINE}; _uvfio; echo "\${COMPREPLY[*]}"`;
    const lines = ['uvfio unp', 'uvfio run --device nv', 'uvfio run --fault map_dma:ENOM'].map(ask);
    const script = `source <(uvfio completion bash); ${lines.join('; ')}`;
    expect(inShell('bash', '-c', script)).toBe('unplug\nnvme\nENOMEM\n');
  });

  requires('fish', () => {
    test('fish', () => {
      const ask = "uvfio completion fish | source; complete -C 'uvfio run --device nv'";
      expect(inShell('fish', '-c', ask)).toContain('nvme\n');
    });
  });

  requires('zsh', () => {
    test('zsh', () => {
      // compadd shows what it is given: completion itself needs a terminal.
      const script = [
        'compdef() { :; }',
        'source <(uvfio completion zsh)',
        `compadd() { local name=$@[-1]; print -l \${(P)name}; }`,
        'words=(uvfio run --device nv) CURRENT=4',
        '_uvfio',
      ].join('\n');
      expect(inShell('zsh', '-fc', script).trim()).toBe('nvme');
    });
  });
});
