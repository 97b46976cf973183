// poll(2), eventfd(2) and inotify(7) as the serving loop uses them.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EventFd } from '../../../src/host/native/event-fd.unsafe.js';
import { descriptorStatus } from '../../../src/host/native/file-status.unsafe.js';
import { Inotify } from '../../../src/host/native/inotify.unsafe.js';
import { libc } from '../../../src/host/native/libc.unsafe.js';
import * as linux from '../../../src/host/native/linux-constants.js';
import { NativeBuffer } from '../../../src/host/native/native-buffer.unsafe.js';
import { Poller } from '../../../src/host/native/poller.unsafe.js';
import { describeNative } from './platform-condition.js';

describeNative('Poller', () => {
  test('tells which descriptors are ready', () => {
    const poller = new Poller();
    const [quiet, signalled] = [EventFd.create(), EventFd.create()];
    const quietSlot = poller.add(quiet.fd);
    const signalledSlot = poller.add(signalled.fd);
    expect(poller.wait(0)).toBe(0);
    signalled.signal();
    expect(poller.wait(-1)).toBe(1);
    expect(poller.ready(quietSlot)).toBe(0);
    expect(poller.ready(signalledSlot)).toBe(linux.POLLIN);
  });

  test('waits for as many microseconds as asked', () => {
    const poller = new Poller();
    poller.add(EventFd.create().fd);
    const start = performance.now();
    expect(poller.wait(5000)).toBe(0);
    expect(performance.now() - start).toBeGreaterThanOrEqual(4.9);
  });

  test('forgets a removed descriptor and uses its slot again', () => {
    const poller = new Poller(2);
    const event = EventFd.create();
    event.signal();
    const slot = poller.add(event.fd);
    poller.add(EventFd.create().fd);
    expect(() => poller.add(event.fd)).toThrow(RangeError);
    poller.remove(slot);
    expect(poller.wait(0)).toBe(0);
    expect(poller.ready(slot)).toBe(0);
    expect(poller.add(event.fd)).toBe(slot);
    expect(poller.wait(0)).toBe(1);
  });
});

describeNative('EventFd', () => {
  test('counts signals until it is drained', () => {
    const event = EventFd.create();
    expect(event.drain()).toBe(-linux.EAGAIN);
    event.signal();
    event.signal();
    expect(event.drain()).toBe(2);
    expect(event.drain()).toBe(-linux.EAGAIN);
    event.close();
    expect(event.signal()).toBe(-linux.EBADF);
  });
});

describeNative('Inotify', () => {
  test('reports the last close of an unlinked file, once a description', () => {
    const inotify = new Inotify();
    const fd = libc().memfdCreate('watched', 0);
    const opened = libc().openat(linux.AT_FDCWD, `/proc/self/fd/${fd}`, linux.O_RDWR);
    const watch = inotify.addWatch(`/proc/self/fd/${fd}`, linux.IN_CLOSE_WRITE);
    const copy = libc().fcntl(opened, 0, 0); // F_DUPFD
    const seen: [number, number, string][] = [];
    const drain = (): number => inotify.drain((...event) => seen.push(event));

    libc().close(opened);
    expect(drain()).toBe(0);
    libc().close(copy);
    expect(drain()).toBe(1);
    expect(seen).toEqual([[watch, linux.IN_CLOSE_WRITE, '']]);
    libc().close(fd);
    inotify.close();
  });

  test('reports names in a directory, more than one buffer of them', () => {
    const directory = mkdtempSync(join(tmpdir(), 'uvfio-inotify-'));
    const inotify = new Inotify();
    inotify.addWatch(directory, linux.IN_CREATE);
    const names: string[] = [];
    for (let index = 0; index < 3000; index++) {
      writeFileSync(join(directory, `a-file-with-a-name-${index}`), '');
    }
    expect(inotify.drain((_watch, _mask, name) => names.push(name))).toBe(3000);
    expect(names.at(-1)).toBe('a-file-with-a-name-2999');
    inotify.close();
    rmSync(directory, { recursive: true });
  });
});

describeNative('NativeBuffer', () => {
  test('maps a file shared: two mappings see each other', () => {
    const fd = libc().memfdCreate('shared', 0);
    expect(libc().ftruncate(fd, 8192)).toBe(0);
    using one = NativeBuffer.mapFile(fd, 4096, 4096);
    using other = NativeBuffer.mapFile(fd, 4096, 4096);
    one.u32[5] = 0xdeadbeef;
    expect(other.u32[5]).toBe(0xdeadbeef);
    const status = descriptorStatus(fd);
    expect(status).toMatchObject({ size: 8192, linkCount: 0 });
    libc().close(fd);
  });

  test('throws where the kernel refuses', () => {
    expect(() => NativeBuffer.mapFile(-1, 0, 4096)).toThrow(/mmap failed with errno 9/);
  });
});

describeNative('libc', () => {
  test('answers -errno as the kernel does', () => {
    const libraryCalls = libc();
    expect(libraryCalls.ioctl(-1, 0x3b64, 0)).toBe(-linux.EBADF);
    expect(libraryCalls.openat(linux.AT_FDCWD, '/nonexistent', 0)).toBe(-linux.ENOENT);
    expect(libraryCalls.pidfdOpen(0x3ffffff, 0)).toBe(-3); // ESRCH
    expect(libraryCalls.kill(process.pid, 0)).toBe(0);
  });

  test('takes a descriptor out of a process by pidfd_getfd', () => {
    const pidfd = libc().pidfdOpen(process.pid, 0);
    const event = EventFd.create();
    const copy = new EventFd(libc().pidfdGetfd(pidfd, event.fd));
    copy.signal();
    expect(event.drain()).toBe(1);
    libc().close(pidfd);
  });
});
