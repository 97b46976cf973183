// `uvfio run` as its users meet it: what it passes on, and what it says when something is wrong.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { inShell, MAIN, startUvfio, uvfio } from '../host/uvfio.js';

const folder = mkdtempSync(path.join(tmpdir(), 'uvfio-cli-'));

describe('ending', () => {
  test('the exit status is the program’s', async () => {
    expect((await inShell('exit 42')).status).toBe(42);
  });

  test('a program ended by a signal ends uvfio by the same signal', async () => {
    expect((await inShell('kill -SEGV $$')).signal ?? 'SIGSEGV').toBe('SIGSEGV');
    expect((await inShell('kill -TERM $$')).signal).toBe('SIGTERM');
    expect((await inShell('kill -KILL $$')).signal).toBe('SIGKILL');
  });

  test('SIGTERM and SIGINT sent to uvfio reach the program', async () => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGUSR1'] as const) {
      const script = `trap 'echo got; exit 7' ${signal.slice(3)}; echo ready; while :; do sleep 0.02; done`;
      const run = startUvfio(['run', '--', 'sh', '-c', script]);
      await run.until('ready');
      run.process.kill(signal);
      expect(await run.ended).toMatchObject({ status: 7, stdout: 'ready\ngot\n' });
    }
  });
});

describe('what can not be started', () => {
  test('a program that is not there: 127', async () => {
    expect(await uvfio('run', '--', 'no-such-program')).toMatchObject({
      status: 127,
      stderr: 'uvfio: no-such-program: program not found\n',
    });
  });

  test('nothing at all: 127', async () => {
    expect(await uvfio('run', '--', '')).toMatchObject({
      status: 127,
      stderr: "uvfio: '': program not found\n",
    });
  });

  test('a script whose interpreter is not there: 127', async () => {
    const file = path.join(folder, 'script');
    writeFileSync(file, '#!/no/such/interpreter\n', { mode: 0o755 });
    expect(await uvfio('run', '--', file)).toMatchObject({
      status: 127,
      stderr: `uvfio: ${file}: the interpreter that runs it, or its loader, is not there\n`,
    });
  });

  test('a file that is not executable: 126', async () => {
    const file = path.join(folder, 'not-executable');
    writeFileSync(file, 'echo hello\n');
    expect(await uvfio('run', '--', file)).toMatchObject({
      status: 126,
      stderr: `uvfio: ${file}: not executable (permission denied)\n`,
    });
  });

  test.each([
    [['--device', 'edoo'], /^uvfio: --device 'edoo': .*no device model 'edoo'.*edu/],
    [
      ['--device', 'edu,addr=5'],
      /^uvfio: --device 'edu,addr=5': addr: '5' is no PCI address: .*0000:00:05\.0/,
    ],
    [
      ['--device', 'edu,addr=0000:00:05.0', '--device', 'edu,addr=0000:00:05.0'],
      /^uvfio: .*0000:00:05\.0: .*used twice/,
    ],
    [
      ['--machine', '/no/such/file.yaml'],
      /^uvfio: \/no\/such\/file\.yaml: there is no such file: check the path/,
    ],
    [['--devise', 'edu'], /unknown option '--devise'\n\(Did you mean --device\?\)/],
    [['--on', '00:03.0'], /^uvfio: --on says which part of a trace is shown: add --trace\n/],
    [['--json'], /^uvfio: --json says how a trace or report is written: add --trace or --report\n/],
  ])('%j: 125 and one clear message', async (options, message) => {
    const { status, stdout, stderr } = await uvfio('run', ...options, '--', 'true');
    expect({ status, stdout }).toEqual({ status: 125, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test('an error in a machine file names file, line and key', async () => {
    const file = path.join(folder, 'machine.yaml');
    writeFileSync(file, 'devices:\n  - model: edu\n    adr: 0000:00:05.0\n');
    const { status, stderr } = await uvfio('run', '--machine', file, '--', 'true');
    expect(status).toBe(125);
    expect(stderr).toContain(`${file}:3`);
    expect(stderr).toContain('adr');
  });
});

describe('streams and limits', () => {
  test.each([
    ['-n 32', 'RLIMIT_NOFILE is less than the 64 descriptors that uvfio itself needs'],
    ['-f 100', "the memory of a device can't be made (ftruncate: too large for the file system)"],
  ])('where ulimit %s is too little: 125 and one line', (limit, message) => {
    const script = `ulimit ${limit}; exec '${process.execPath}' '${MAIN}' run -- true`;
    const { status, stderr } = spawnSync('sh', ['-c', script], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect([status, stderr.split('\n')]).toEqual([125, [expect.stringContaining(message), '']]);
  });

  test('standard error and output stay apart, in order and unchanged', async () => {
    const ended = await inShell('printf "a\\0b\\377"; printf err >&2');
    expect(ended).toMatchObject({ status: 0, stderr: 'err' });
    expect(ended.stdout.startsWith('a\0b')).toBe(true);
  });

  test('the program’s descriptor limit is no larger than programs that loop over all of them can bear', async () => {
    const { stdout } = await inShell('ulimit -n');
    expect(Number(stdout)).toBeLessThanOrEqual(4096);
  });
});
