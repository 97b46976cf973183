// Answers at odd moments: a caller that died, a late answer, a second one. seccomp_unotify(2)

import { afterEach, beforeEach, expect, test } from 'vitest';
import type {
  Launcher,
  NotificationListener,
  Poller,
  ProcessMemory,
  RunningProgram,
} from '../../../src/host/native/index.js';
import { importCompiled, type Native } from './compiled.js';
import { describeNative } from './platform-condition.js';
import { testFilter } from './session.js';

const SIGKILL = 9;
const SIGUSR1 = 10;

describeNative('NotificationListener', () => {
  let native: Native;
  let launcher: Launcher;
  let listener: NotificationListener;
  let poller: Poller;
  let memory: ProcessMemory;

  beforeEach(async () => {
    native = await importCompiled();
    launcher = await native.Launcher.prepare(testFilter(native));
    listener = new native.NotificationListener(launcher.filter.listenerFd);
    memory = new native.ProcessMemory();
    poller = new native.Poller();
    poller.add(listener.fd);
  });
  afterEach(async () => {
    listener.close();
    await launcher.close();
    poller.release();
    memory.release();
  });

  test('a call whose caller died before receive() is -ENOENT, not a wait', async () => {
    const loop = 'while true; do read line < /magic/one; done';
    const { pid, exited } = await untilMagic(loop);
    listener.respondError(native.linux.ENOENT);
    while (poller.wait(0) < 1) await pause(1);
    native.libc().kill(pid, SIGKILL);
    await exited;
    poller.wait(0);
    expect(poller.ready(0) & native.linux.POLLIN).toBe(0);
    expect(listener.receive()).toBe(-native.linux.ENOENT);
  });

  test('an answer to a caller that died is -ENOENT, and its id is not valid', async () => {
    const { pid, exited } = await untilMagic('exec cat /magic/one');
    expect(listener.isValid()).toBe(true);
    native.libc().kill(pid, SIGKILL);
    await exited;
    expect(listener.isValid()).toBe(false);
    expect(listener.respond(0)).toBe(-native.linux.ENOENT);
  });

  test('a call is answered once: a second answer is -EINPROGRESS or -ENOENT', async () => {
    const { exited } = await untilMagic('exec cat /magic/one');
    const token = listener.saveId();
    expect(listener.respondError(native.linux.EACCES, token)).toBe(0);
    expect([-native.linux.EINPROGRESS, -native.linux.ENOENT]).toContain(listener.respond(1, token));
    expect(await serveUntil(exited)).toEqual({ code: 1, signal: null });
  });

  test('a descriptor at or above the limit of the program is refused, and the call still waits', async () => {
    const { exited } = await untilMagic('ulimit -n 500; exec cat /magic/one');
    const event = native.EventFd.create();
    expect(listener.addFd(event.fd, { newFd: 700, send: true })).toBe(-native.linux.EBADF);
    expect(listener.isValid()).toBe(true);
    expect(listener.respondError(native.linux.ENOENT)).toBe(0);
    event.close();
    await serveUntil(exited);
  });

  test('a signal with a handler waits for the answer of a received call, where the kernel can', async (context) => {
    if (!launcher.filter.waitsKillable) context.skip('no WAIT_KILLABLE_RECV before Linux 5.19');
    const { pid, exited } = await untilMagic('trap "exit 7" USR1; read line < /magic/one; exit 8');
    native.libc().kill(pid, SIGUSR1);
    await pause(50);
    expect(listener.isValid()).toBe(true);
    listener.respondError(native.linux.ENOENT);
    expect(await serveUntil(exited)).toEqual({ code: 7, signal: null });
  });

  /** Runs until the program asks for a path in /magic, which is the current call then. */
  async function untilMagic(command: string): Promise<RunningProgram> {
    const run = launcher.spawn({
      file: '/bin/sh',
      args: ['-c', `exec 2>&-; ${command}`],
      env: { PATH: '/bin' },
    });
    while (!serveUpToMagic()) await pause(1);
    return run;
  }

  /** Lets every call go on up to one for a path in /magic. @returns whether it has come */
  function serveUpToMagic(): boolean {
    while (poller.wait(0) > 0) {
      if (listener.receive() !== 0) continue;
      const path = memory.readCString(listener.tid, listener.argument(1));
      if (typeof path === 'string' && path.startsWith('/magic/')) return true;
      listener.continue();
    }
    return false;
  }

  /** Lets every call go on until the promise has settled. */
  async function serveUntil<T>(promise: Promise<T>): Promise<T> {
    const serving = setInterval(() => {
      while (poller.wait(0) > 0) if (listener.receive() === 0) listener.continue();
    }, 1);
    try {
      return await promise;
    } finally {
      clearInterval(serving);
    }
  }
});

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
