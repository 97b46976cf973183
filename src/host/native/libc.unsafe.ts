// The system calls of this process, bound through koffi. Every function answers as the kernel does:
// a result >= 0 or -errno; none throws for a failed call. Addresses are numbers (user space ends below 2^47), as
// marshalling numbers costs koffi 30-45 ns a call and pointers or buffers more.
// Loaded by the first libc(), so this file can be imported on any platform.

import { createRequire } from 'node:module';
import { assertSupportedPlatform } from './platform.js';
import { syscalls } from './x86-64.js';

type Koffi = typeof import('koffi');
type NumberCall = (...args: (number | string)[]) => number;

export type Libc = ReturnType<typeof bind>;

let bound: Libc | undefined;
let koffi: Koffi | undefined;

/**
 * The bound system calls. Keep the returned object in a field rather than calling this on a hot path.
 * @throws UnsupportedPlatformError off Linux x86-64
 */
export function libc(): Libc {
  bound ??= bind(loadKoffi());
  return bound;
}

/** koffi itself, for the memory views of native-buffer. */
export function loadKoffi(): Koffi {
  assertSupportedPlatform();
  koffi ??= createRequire(import.meta.url)('koffi') as Koffi;
  return koffi;
}

function bind(ffi: Koffi) {
  const library = ffi.load(null); // the symbols of the node binary's own C library, glibc or musl
  const func = (name: string, result: string, args: string[]): NumberCall =>
    library.func(name, result, args) as NumberCall;
  const errno = ffi.errno as () => number;
  const kernelResult = (result: number): number => (result < 0 ? -errno() : result);

  // `long syscall(long number, ...)`: variadic integers travel as declared ones do.
  const syscall = func('syscall', 'long', ['long', 'long', 'long', 'long', 'long', 'long', 'long']);
  const ioctl = func('ioctl', 'int', ['int', 'ulong', 'intptr']);
  const read = func('read', 'long', ['int', 'intptr', 'size_t']);
  const write = func('write', 'long', ['int', 'intptr', 'size_t']);
  const pread = func('pread64', 'long', ['int', 'intptr', 'size_t', 'int64']);
  const pwrite = func('pwrite64', 'long', ['int', 'intptr', 'size_t', 'int64']);
  const close = func('close', 'int', ['int']);
  const openat = func('openat64', 'int', ['int', 'str', 'int', 'uint']);
  const ftruncate = func('ftruncate64', 'int', ['int', 'int64']);
  const mmap = func('mmap64', 'intptr', ['intptr', 'size_t', 'int', 'int', 'int', 'int64']);
  const munmap = func('munmap', 'int', ['intptr', 'size_t']);
  const poll = func('poll', 'int', ['intptr', 'ulong', 'int']);
  const ppoll = func('ppoll', 'int', ['intptr', 'ulong', 'intptr', 'intptr']);
  const inotifyAddWatch = func('inotify_add_watch', 'int', ['int', 'str', 'uint']);
  const memfdCreate = func('syscall', 'long', ['long', 'str', 'uint']);
  const linkat = func('linkat', 'int', ['int', 'str', 'int', 'str', 'int']);
  const unlinkat = func('unlinkat', 'int', ['int', 'str', 'int']);
  const statx = func('syscall', 'long', ['long', 'int', 'str', 'int', 'uint', 'intptr']);
  const readlinkat = func('readlinkat', 'long', ['int', 'str', 'intptr', 'size_t']);
  const processVmReadv = func('process_vm_readv', 'long', Array<string>(6).fill('intptr'));
  const processVmWritev = func('process_vm_writev', 'long', Array<string>(6).fill('intptr'));
  const fcntl = func('fcntl64', 'int', ['int', 'int', 'intptr']);

  return {
    /** Any call that has no function of its own here; absent arguments are 0. */
    syscall(number: number, a = 0, b = 0, c = 0, d = 0, e = 0, f = 0): number {
      return kernelResult(syscall(number, a, b, c, d, e, f));
    },
    ioctl(fd: number, request: number, argument: number): number {
      const result = ioctl(fd, request, argument);
      return result < 0 ? -errno() : result;
    },
    read(fd: number, address: number, length: number): number {
      const result = read(fd, address, length);
      return result < 0 ? -errno() : result;
    },
    write(fd: number, address: number, length: number): number {
      const result = write(fd, address, length);
      return result < 0 ? -errno() : result;
    },
    pread(fd: number, address: number, length: number, offset: number): number {
      return kernelResult(pread(fd, address, length, offset));
    },
    pwrite(fd: number, address: number, length: number, offset: number): number {
      return kernelResult(pwrite(fd, address, length, offset));
    },
    close: (fd: number): number => kernelResult(close(fd)),
    openat(directoryFd: number, path: string, flags: number, mode = 0): number {
      return kernelResult(openat(directoryFd, path, flags, mode));
    },
    ftruncate: (fd: number, length: number): number => kernelResult(ftruncate(fd, length)),
    fcntl: (fd: number, command: number, argument: number): number =>
      kernelResult(fcntl(fd, command, argument)),
    /** The address of the mapping, or -errno. */
    mmap(
      address: number,
      length: number,
      protection: number,
      flags: number,
      fd: number,
      offset: number,
    ): number {
      return kernelResult(mmap(address, length, protection, flags, fd, offset));
    },
    munmap: (address: number, length: number): number => kernelResult(munmap(address, length)),
    /** `timeoutMs` -1 waits without end. */
    poll(pollfds: number, count: number, timeoutMs: number): number {
      const result = poll(pollfds, count, timeoutMs);
      return result < 0 ? -errno() : result;
    },
    /** `timespec` is an address, or 0 to wait without end. */
    ppoll(pollfds: number, count: number, timespec: number): number {
      const result = ppoll(pollfds, count, timespec, 0);
      return result < 0 ? -errno() : result;
    },
    processVmReadv(
      pid: number,
      local: number,
      localCount: number,
      remote: number,
      remoteCount: number,
    ): number {
      const result = processVmReadv(pid, local, localCount, remote, remoteCount, 0);
      return result < 0 ? -errno() : result;
    },
    processVmWritev(
      pid: number,
      local: number,
      localCount: number,
      remote: number,
      remoteCount: number,
    ): number {
      const result = processVmWritev(pid, local, localCount, remote, remoteCount, 0);
      return result < 0 ? -errno() : result;
    },
    prctl: (option: number, a: number, b = 0, c = 0, d = 0): number =>
      kernelResult(syscall(syscalls.prctl, option, a, b, c, d, 0)),
    /** `newLimit` and `oldLimit` are addresses of `struct rlimit64`, or 0; pid 0 is this process. */
    prlimit64: (pid: number, resource: number, newLimit: number, oldLimit: number): number =>
      kernelResult(syscall(syscalls.prlimit64, pid, resource, newLimit, oldLimit, 0, 0)),
    seccomp: (operation: number, flags: number, argument: number): number =>
      kernelResult(syscall(syscalls.seccomp, operation, flags, argument, 0, 0, 0)),
    eventfd: (initial: number, flags: number): number =>
      kernelResult(syscall(syscalls.eventfd2, initial, flags, 0, 0, 0, 0)),
    pidfdOpen: (pid: number, flags: number): number =>
      kernelResult(syscall(syscalls.pidfd_open, pid, flags, 0, 0, 0, 0)),
    pidfdGetfd: (pidfd: number, targetFd: number): number =>
      kernelResult(syscall(syscalls.pidfd_getfd, pidfd, targetFd, 0, 0, 0, 0)),
    inotifyInit: (flags: number): number =>
      kernelResult(syscall(syscalls.inotify_init1, flags, 0, 0, 0, 0, 0)),
    inotifyAddWatch: (fd: number, path: string, mask: number): number =>
      kernelResult(inotifyAddWatch(fd, path, mask)),
    inotifyRemoveWatch: (fd: number, watch: number): number =>
      kernelResult(syscall(syscalls.inotify_rm_watch, fd, watch, 0, 0, 0, 0)),
    memfdCreate: (name: string, flags: number): number =>
      kernelResult(memfdCreate(syscalls.memfd_create, name, flags)),
    linkat(
      oldDirectoryFd: number,
      oldPath: string,
      newDirectoryFd: number,
      newPath: string,
      flags = 0,
    ): number {
      return kernelResult(linkat(oldDirectoryFd, oldPath, newDirectoryFd, newPath, flags));
    },
    unlinkat: (directoryFd: number, path: string, flags = 0): number =>
      kernelResult(unlinkat(directoryFd, path, flags)),
    /** `buffer` is the address of a 256-byte `struct statx`. */
    statx: (
      directoryFd: number,
      path: string,
      flags: number,
      mask: number,
      buffer: number,
    ): number => kernelResult(statx(syscalls.statx, directoryFd, path, flags, mask, buffer)),
    readlinkat: (directoryFd: number, path: string, address: number, length: number): number =>
      kernelResult(readlinkat(directoryFd, path, address, length)),
    kill: (pid: number, signal: number): number =>
      kernelResult(syscall(syscalls.kill, pid, signal, 0, 0, 0, 0)),
    tgkill: (pid: number, tid: number, signal: number): number =>
      kernelResult(syscall(syscalls.tgkill, pid, tid, signal, 0, 0, 0)),
    gettid: (): number => syscall(syscalls.gettid, 0, 0, 0, 0, 0, 0),
  };
}
