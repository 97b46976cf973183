// The TypeScript loop that bench/baseline compares with responder.c: same filter, same answers.

import { parentPort, workerData } from 'node:worker_threads';
import {
  architecture,
  Inotify,
  libc,
  linux,
  NativeBuffer,
  NotificationListener,
  Poller,
  ProcessMemory,
} from '../../src/host/native/index.js';

/**
 * `poll`: poll(listener, inotify) before each receive; `direct`: receive only, as the C responder does;
 * `drain`: receive, then read inotify, before each answer.
 */
export type Variant = 'poll' | 'direct' | 'drain';

export interface ResponderOptions {
  readonly listenerFd: number;
  readonly variant: Variant;
  /** The CPU to run on, or -1. */
  readonly cpu: number;
}

const firstFd = 900;
const { syscalls } = architecture;
const { listenerFd, variant, cpu } = workerData as ResponderOptions;
const listener = new NotificationListener(listenerFd);
const memory = new ProcessMemory();
const inotify = new Inotify();
const poller = new Poller();
const word = new Uint8Array([42, 0, 0, 0]);
const file = libc().memfdCreate('bench', linux.MFD_CLOEXEC);
const listenerSlot = poller.add(listenerFd);
const inotifySlot = poller.add(inotify.fd);
let nextFd = 0;

pin();
parentPort?.postMessage('serving');
serve();
listener.close();
inotify.close();
libc().close(file);

function serve(): void {
  for (;;) {
    if (variant === 'poll') {
      if (poller.wait(-1) < 0) continue;
      if (poller.ready(inotifySlot) !== 0) inotify.drain(() => {});
      const events = poller.ready(listenerSlot);
      if ((events & linux.POLLIN) === 0) {
        if ((events & linux.POLLHUP) !== 0) return;
        continue;
      }
    }
    const error = listener.receive();
    if (variant === 'drain') inotify.drain(() => {});
    if (error === 0) answer();
    else if (error === -linux.ENOENT && poller.wait(0) > 0 && isHungUp()) return;
  }
}

function isHungUp(): boolean {
  return (poller.ready(listenerSlot) & linux.POLLHUP) !== 0;
}

function answer(): void {
  switch (listener.nr) {
    case syscalls.ioctl:
      listener.respond(0);
      return;
    case syscalls.pread64:
      memory.write(listener.tid, listener.argument(1), word);
      listener.respond(4);
      return;
    default:
      answerOpen();
  }
}

function answerOpen(): void {
  const path = memory.readCString(listener.tid, listener.argument(1));
  if (path !== '/dev/vfio/vfio') listener.continue();
  else listener.addFd(file, { newFd: firstFd + (nextFd++ % 64), send: true });
}

function pin(): void {
  if (cpu < 0) return;
  using mask = NativeBuffer.allocate(8);
  mask.u32[0] = 1 << cpu;
  libc().syscall(syscalls.sched_setaffinity, 0, 8, mask.address);
}
