// `uvfio run` on a terminal: keys, stopping and continuing, and the terminal's modes are the program's.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { requires } from '../support/requirement.js';

const script = fileURLToPath(new URL('on-terminal.py', import.meta.url));
const main = fileURLToPath(new URL('../../dist/bin/uvfio.js', import.meta.url));

type Steps = readonly (readonly [when: string, type: string])[];

/** Types at a command on a terminal; −N in `ended` is signal N. */
function onTerminal(steps: Steps, command: readonly string[]): { output: string; ended: number } {
  const printed = execFileSync('python3', [script, JSON.stringify(steps), ...command], {
    encoding: 'utf8',
  });
  return JSON.parse(printed) as { output: string; ended: number };
}

const run = (...program: string[]): string[] => [process.execPath, main, 'run', '--', ...program];

requires(['python3', 'bash'], () => {
  test('Ctrl-C interrupts the program, once', () => {
    const program = `n=0; trap 'n=$((n+1))' INT; echo ready; sleep 1; sleep 0.2; echo "$n interrupt"; exit 5`;
    const { output, ended } = onTerminal([['ready', '\x03']], run('sh', '-c', program));
    expect(output).toContain('1 interrupt');
    expect(ended).toBe(5);
  });

  test('a program that Ctrl-C ends ends uvfio by SIGINT', () => {
    expect(onTerminal([['ready', '\x03']], run('sh', '-c', 'echo ready; sleep 9')).ended).toBe(-2);
  });

  test('Ctrl-C before the program has started is not lost', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'uvfio-slow-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = path.join(folder, 'slow.mjs');
    const model = `export default { name: 'slow', summary: 'takes a second to load', options: {},
      describe: () => ({ identity: { vendor: 1, device: 2, class: 0xff0000 } }) };`;
    const wait = `import { writeSync } from 'node:fs';
      writeSync(1, 'loading'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);`;
    writeFileSync(file, `${wait}\n${model}\n`);
    const command = [process.execPath, main, 'run', '--device', file, '--', 'sleep', '9'];
    expect(onTerminal([['loading', '\x03']], command)).toEqual({ output: 'loading^C', ended: -2 });
  });

  test('Ctrl-Z stops both, fg goes on', () => {
    const command = `${run('sh', '-c').join(' ')} "echo re''ady; sleep 1; echo sle''pt"`;
    const steps: Steps = [
      ['$ ', `${command}\n`],
      ['ready', '\x1a'],
      ['Stopped', 'fg\n'],
      ['slept', 'exit 4\n'],
    ];
    const { output, ended } = onTerminal(steps, ['env', 'PS1=$ ', 'bash', '--norc', '-i']);
    expect(output).toContain('Stopped');
    expect(ended).toBe(4);
  });

  test('modes that the program gives the terminal stay', () => {
    const command = `${run('stty', '-echo').join(' ')}; stty -a | grep -o -- '-echo '; exit 6`;
    expect(onTerminal([], ['sh', '-c', command])).toEqual({ output: '-echo \r\n', ended: 6 });
  });

  test('a new size of the window reaches the program', () => {
    const program = `trap 'echo resized; exit 7' WINCH; while :; do sleep 0.05; done`;
    const resize = 'for i in 1 2 3 4 5 6 7 8 9; do sleep 0.7; stty -F /dev/tty cols 1$i; done';
    const command = `(${resize}) & exec ${run('sh', '-c').join(' ')} "${program}"`;
    expect(onTerminal([], ['sh', '-c', command]).ended).toBe(7);
  });
});
