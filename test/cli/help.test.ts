// What uvfio says of itself: help, man page, and answers to mistakes.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { fullHelp, manPage } from '../../src/cli/man-page.js';
import { buildProgram, withSubcommands } from '../../src/cli/program.js';
import { MAIN, uvfio } from '../host/uvfio.js';
import { requires } from '../support/requirement.js';

const program = buildProgram('1.2.3');
const commands = withSubcommands(program).map((command) => [command.name(), command] as const);

describe('help', () => {
  test.each(commands)('of %s has an example', (_name, command) => {
    expect(fullHelp(command)).toMatch(/^(?:Examples?:|A fault is .*:)\n {2}\S/m);
  });

  test.each(commands)('of %s fits a terminal, but for the text of examples', (_name, command) => {
    for (const line of command.helpInformation().split('\n')) expect(line.length).toBeLessThan(81);
  });
});

describe('help for what there is not', () => {
  test.each([
    ['tarce', "uvfio: unknown command 'tarce'\n(Did you mean trace?)\n"],
    ['zzzzz', "uvfio: unknown command 'zzzzz'\n"],
  ])('%s', async (name, message) => {
    const { status, stdout, stderr } = await uvfio('help', name);
    expect([status, stdout, stderr]).toEqual([
      125,
      '',
      `${message}(uvfio --help shows what there is)\n`,
    ]);
  });
});

describe('the man page', () => {
  const page = manPage(program, '1.2.3');

  test('has every command and every option', () => {
    for (const [, command] of commands.slice(1)) {
      for (const { long } of command.createHelp().visibleOptions(command)) {
        if (long !== '--help') expect(page).toContain((long ?? '').replaceAll('-', '\\-'));
      }
      expect(page).toContain(`uvfio ${command.name() === 'add' ? 'fault ' : ''}`);
    }
  });

  requires('man', () => {
    test('is one for man, which warns of nothing', () => {
      const file = path.join(mkdtempSync(path.join(tmpdir(), 'uvfio-man-')), 'uvfio.1');
      writeFileSync(file, page);
      const { status, stdout, stderr } = spawnSync('man', ['-l', '--warnings', file], {
        encoding: 'utf8',
        env: { ...process.env, MANWIDTH: '100', LC_ALL: 'C.UTF-8' },
      });
      expect([status, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/^UVFIO\(1\)/);
      expect(stdout).toContain('  uvfio run --machine machine.yaml -- make test');
    });
  });
});

describe('mistakes', () => {
  test.each([
    [['rnu'], "uvfio: unknown command 'rnu'\n(Did you mean run?)"],
    [
      ['run', '--devise', 'edu', '--', 'true'],
      "uvfio: unknown option '--devise'\n(Did you mean --device?)",
    ],
    [['unplug'], "uvfio: missing required argument 'address'"],
    [
      ['irq', '00:03.0', 'x'],
      "'x' is invalid for argument 'vector'. Vectors are numbered from 0 to 2047.",
    ],
    [['ls', '--machine-id', 'x'], 'Take the number that `uvfio ls` shows.'],
    [['fault', 'remove', 'x'], 'Take a number that `uvfio fault list` shows, or all.'],
    [['completion', 'tcsh'], 'Allowed choices are bash, zsh, fish.'],
    [['completion'], 'say for which shell: bash, zsh or fish'],
    [['run', '--seed', '-1', '--', 'true'], 'Take a number from 0 to 4294967295.'],
  ])('%j: said in a line, without a stack', async (args, message) => {
    const { status, stderr } = await uvfio(...args);
    expect(status).toBe(125);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test('a reader that has enough is none', () => {
    const script = `'${process.execPath}' '${MAIN}' fault --help | head -1; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
    expect([stdout.split('\n')[1], stderr]).toEqual(['0', '']);
  });
});
