// Programs end in every way and state; afterwards nothing of them is left, in the machine or outside.

import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { requires } from '../support/requirement.js';
import { compiled, scratchDirectories, startUvfio, uvfio } from './uvfio.js';

const EDU = '0000:00:03.0';
const states = ['container', 'group', 'attached', 'iommu', 'mapped', 'device', 'irq', 'bar'];

requires('cc', () => {
  const client = compiled('vfio-client');

  for (const state of states) {
    test(`a program that exits with everything open in state '${state}' leaves nothing`, async () => {
      const ended = await uvfio('run', '--', client, state, 'exit', EDU);
      expect(ended).toEqual({ status: 0, signal: null, stdout: 'ready\n', stderr: '' });
    });

    test(`a program killed in state '${state}' leaves nothing`, async () => {
      const run = startUvfio(['run', '--', client, state, 'hang', EDU]);
      await run.until('ready');
      const pid = pidOf(run.process.pid, 'vfio-client');
      process.kill(pid, 'SIGKILL');
      const { signal, stderr } = await run.ended;
      expect({ signal, stderr }).toEqual({ signal: 'SIGKILL', stderr: '' });
      expect(isRunning(pid)).toBe(false);
    });
  }

  test('a group is free for the next process as soon as the one that had it is killed', async () => {
    const loop = `for i in 1 2 3 4 5; do
      ${client} bar hang ${EDU} > /dev/null & pid=$!
      until ls -l /proc/$pid/fd | grep -q vfio-device || ! kill -0 $pid; do :; done
      kill -9 $pid; wait $pid
      ${client} bar exit ${EDU} || exit 1
    done`;
    const ended = await uvfio('run', '--', 'sh', '-c', loop);
    expect(ended.stdout).toBe('ready\n'.repeat(5));
    expect(ended.status).toBe(0);
  });

  test('a program that forks keeps its files until parent and child are done with them', async () => {
    const ended = await uvfio('run', '--', client, 'irq', 'fork', EDU);
    expect(ended).toEqual({ status: 0, signal: null, stdout: 'ready\nforked\n', stderr: '' });
  });

  test('descriptors that could not be duplicated leave nothing open', async () => {
    const ended = await uvfio('run', '--', client, 'irq', 'dups', EDU);
    expect(ended).toEqual({ status: 0, signal: null, stdout: 'ready\nfreed\n', stderr: '' });
  });

  test('threads call at once', async () => {
    const ended = await uvfio('run', '--', client, 'bar', 'threads', EDU);
    expect(ended).toEqual({ status: 0, signal: null, stdout: 'ready\nthreads done\n', stderr: '' });
  });

  test('a statically linked program drives the device', async () => {
    const ended = await uvfio('run', '--', compiled('vfio-client', '-static'), 'bar', 'work', EDU);
    expect(ended).toEqual({ status: 0, signal: null, stdout: 'ready\nworked\n', stderr: '' });
  });

  test('what a program leaves running is ended with it', async () => {
    const ended = await uvfio('run', '--', 'sh', '-c', `${client} bar hang ${EDU} & echo $!`);
    const pid = Number(/^\d+$/m.exec(ended.stdout)?.[0]);
    expect(isRunning(pid)).toBe(false);
  });

  test('no temporary file is left', async () => {
    const run = startUvfio(['run', '--', client, 'bar', 'exit', EDU]);
    await run.until('ready');
    await run.ended;
    expect(scratchDirectories(run.process.pid)).toEqual([]);
  });

  test('what a killed uvfio leaves is removed by the next', async () => {
    const run = startUvfio(['run', '--', client, 'bar', 'hang', EDU]);
    await run.until('ready');
    expect(scratchDirectories(run.process.pid)).toHaveLength(1);
    const pid = pidOf(run.process.pid, 'vfio-client');
    run.process.kill('SIGKILL');
    process.kill(pid, 'SIGKILL');
    await run.ended;
    await uvfio('run', '--', 'true');
    expect(scratchDirectories(run.process.pid)).toEqual([]);
  });
});

/** Whether a process goes on; one that has ended and was not waited for yet does not. */
function isRunning(pid: number): boolean {
  const state = execFileSync('ps', ['-o', 'state=', '-p', `${pid}`, '-p', '1'], {
    encoding: 'utf8',
  });
  return state.trim().split('\n').length > 1 && !state.includes('Z');
}

/** The process of a name below another one. */
function pidOf(parent: number | undefined, name: string): number {
  const table = execFileSync('ps', ['-e', '-o', 'pid=,ppid=,comm='], { encoding: 'utf8' });
  for (const line of table.split('\n')) {
    const [pid, ppid, comm] = line.trim().split(/\s+/);
    if (Number(ppid) === parent && comm === name) return Number(pid);
  }
  throw new Error(`no ${name} below ${parent}: ${table}`);
}
