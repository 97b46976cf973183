/** Unix stream sockets that do not wait. unix(7) */
import { lstatSync, unlinkSync } from 'node:fs';
import { NetworkError } from '../../net/network-error.js';
import { explainErrno } from '../explain-error.js';
import { libc } from '../native/libc.unsafe.js';
import { EADDRINUSE } from '../native/linux-constants.js';
import { NativeBuffer } from '../native/native-buffer.unsafe.js';
import { syscalls } from '../native/x86-64.js';

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
/** `struct sockaddr_un`: u16 family, path of 108 bytes with its end. */
const FAMILY_SIZE = 2;
const PATH_SIZE = 108;
/** Connections that may wait to be accepted. */
const BACKLOG = 4;

/** @throws NetworkError for a path that no socket can have */
export function checkSocketPath(path: string): void {
  if (new TextEncoder().encode(path).length < PATH_SIZE) return;
  const fix = `take one of less than ${PATH_SIZE} bytes`;
  throw new NetworkError(`${path}: the path is too long for a socket`, fix);
}

/** A socket that is connected, or -errno. */
export function connectUnix(path: string): number {
  return onNewSocket((fd) =>
    withAddress(path, (address, length) => {
      return libc().syscall(syscalls.connect, fd, address, length);
    }),
  );
}

/** A socket that is listened on. One that nobody listens on any more is replaced. @throws NetworkError */
export function listenUnix(path: string): number {
  const fd = bindUnix(path);
  if (fd >= 0) return fd;
  if (fd !== -EADDRINUSE) throw new NetworkError(`${path}: ${explainErrno(-fd)}`, OWN_PATH);
  if (!lstatSync(path).isSocket()) {
    throw new NetworkError(`${path}: is there, and is no socket`, OWN_PATH);
  }
  const other = connectUnix(path);
  if (other >= 0) {
    libc().close(other);
    throw new NetworkError(
      `${path}: another program listens on it`,
      'connect to it, or take another path',
    );
  }
  unlinkSync(path);
  const again = bindUnix(path);
  if (again >= 0) return again;
  throw new NetworkError(`${path}: ${explainErrno(-again)}`, OWN_PATH);
}

/** The next connection, or -errno. */
export function acceptUnix(fd: number): number {
  return libc().syscall(syscalls.accept4, fd, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

const OWN_PATH = 'take a path in a directory that you may write to';

function bindUnix(path: string): number {
  return onNewSocket((fd) => {
    const error = withAddress(path, (address, length) =>
      libc().syscall(syscalls.bind, fd, address, length),
    );
    return error < 0 ? error : libc().syscall(syscalls.listen, fd, BACKLOG);
  });
}

/** The socket when `use` went well, else its -errno. */
function onNewSocket(use: (fd: number) => number): number {
  const type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
  const fd = libc().syscall(syscalls.socket, AF_UNIX, type);
  if (fd < 0) return fd;
  const error = use(fd);
  if (error >= 0) return fd;
  libc().close(fd);
  return error;
}

function withAddress(path: string, use: (address: number, length: number) => number): number {
  const bytes = new TextEncoder().encode(path);
  using address = NativeBuffer.allocate(FAMILY_SIZE + PATH_SIZE);
  address.view.setUint16(0, AF_UNIX, true);
  address.bytes.set(bytes, FAMILY_SIZE);
  return use(address.address, FAMILY_SIZE + bytes.length + 1);
}
