// The kernel's thread of the tests: serves a listener until told to stop. openat of /magic/… gets a descriptor at
// a chosen number, ioctls of type 0x3b are answered with their argument + 1, everything else goes on.

import { parentPort, workerData } from 'node:worker_threads';
import {
  architecture,
  EventFd,
  Inotify,
  libc,
  linux,
  NativeBuffer,
  NotificationListener,
  type NotificationToken,
  Poller,
  ProcessMemory,
} from '../../../../src/host/native/index.js';

export interface ServingOptions {
  readonly listenerFd: number;
  readonly stopFd: number;
  /** Where openat of a magic path arrives in the program. */
  readonly injectedFd: number;
}

/** What the worker saw, posted when it stops. */
export interface ServingResult {
  readonly paths: readonly string[];
  readonly ioctls: readonly (readonly [fd: number, command: number, argument: number])[];
  readonly releases: number;
  readonly hangUp: boolean;
}

const { syscalls } = architecture;
const { listenerFd, stopFd, injectedFd } = workerData as ServingOptions;
const listener = new NotificationListener(listenerFd);
const memory = new ProcessMemory();
const inotify = new Inotify();
const poller = new Poller();
const paths: string[] = [];
const ioctls: [number, number, number][] = [];
let releases = 0;
let postponed: { token: NotificationToken; answer: number } | undefined;

const listenerSlot = poller.add(listenerFd);
const inotifySlot = poller.add(inotify.fd);
const stopSlot = poller.add(stopFd);
parentPort?.postMessage('serving');
serve();

function serve(): void {
  let hangUp = false;
  const stop = new EventFd(stopFd);
  for (;;) {
    if (poller.wait(postponed === undefined ? -1 : 20_000) < 0) continue;
    if (poller.ready(inotifySlot) !== 0) drainInotify();
    if (postponed !== undefined && listener.isValid(postponed.token)) {
      listener.respond(postponed.answer, postponed.token);
      postponed = undefined;
    }
    const events = poller.ready(listenerSlot);
    if ((events & linux.POLLIN) !== 0) {
      if (listener.receive() === 0) answer();
    } else if ((events & linux.POLLHUP) !== 0) {
      hangUp = true;
      poller.remove(listenerSlot);
    }
    if (poller.ready(stopSlot) !== 0) {
      stop.drain();
      break;
    }
  }
  listener.close();
  inotify.close();
  memory.release();
  poller.release();
  const result: ServingResult = { paths, ioctls, releases, hangUp };
  parentPort?.postMessage(result);
}

function drainInotify(): void {
  inotify.drain((_watch, mask) => {
    if ((mask & linux.IN_CLOSE_WRITE) !== 0) releases++;
  });
}

function answer(): void {
  if (listener.nr === syscalls.openat) answerOpen();
  else if (listener.nr === syscalls.ioctl) answerIoctl();
  else listener.continue();
}

function answerOpen(): void {
  const path = memory.readCString(listener.tid, listener.argument(1));
  if (typeof path === 'string' && listener.isValid()) paths.push(path);
  if (path === '/magic/denied') {
    listener.respondError(linux.EACCES);
    return;
  }
  if (path !== '/magic/file') {
    listener.continue();
    return;
  }
  const memfd = libc().memfdCreate('magic', linux.MFD_CLOEXEC);
  writeText(memfd, 'from the other side\n');
  const file = libc().openat(
    linux.AT_FDCWD,
    `/proc/self/fd/${memfd}`,
    linux.O_RDWR | linux.O_CLOEXEC,
  );
  libc().close(memfd); // before the watch, which would report it
  inotify.addWatch(`/proc/self/fd/${file}`, linux.IN_CLOSE_WRITE);
  if (listener.addFd(file, { newFd: injectedFd, send: true }) < 0)
    listener.respondError(linux.EBADF);
  libc().close(file); // the program's descriptor holds the last reference now
}

/** Command 0x3bff is answered late, by token. */
function answerIoctl(): void {
  const command = listener.argumentUint(1);
  const argument = listener.argument(2);
  ioctls.push([listener.argumentInt(0), command, argument]);
  if (command === 0x3bff) postponed = { token: listener.saveId(), answer: 7 };
  else listener.respond(argument + 1);
}

function writeText(fd: number, text: string): void {
  const buffer = NativeBuffer.allocate(text.length);
  buffer.bytes.set(new TextEncoder().encode(text));
  libc().pwrite(fd, buffer.address, text.length, 0);
  buffer.release();
}
