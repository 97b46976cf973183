/** Who is at the other end of a Unix socket, as the kernel saw it when it connected. unix(7), SO_PEERCRED */
import type { Socket } from 'node:net';
import { libc } from '../native/libc.unsafe.js';
import { NativeBuffer } from '../native/native-buffer.unsafe.js';
import { syscalls } from '../native/x86-64.js';

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
/** `struct ucred`: pid, uid, gid. */
const UCRED_SIZE = 12;

/** The user at the other end; undefined when that can't be found out. */
export function peerUid(socket: Socket): number | undefined {
  const fd = descriptorOf(socket);
  if (fd === undefined || fd < 0) return undefined;
  using memory = NativeBuffer.allocate(16);
  memory.u32[3] = UCRED_SIZE;
  const { address } = memory;
  const error = libc().syscall(
    syscalls.getsockopt,
    fd,
    SOL_SOCKET,
    SO_PEERCRED,
    address,
    address + UCRED_SIZE,
  );
  return error < 0 ? undefined : memory.u32[1];
}

/** Node keeps the descriptor in the socket's handle, which has no documented name. */
function descriptorOf(socket: Socket): number | undefined {
  const handle: unknown = Reflect.get(socket, '_handle');
  if (typeof handle !== 'object' || handle === null) return undefined;
  const fd: unknown = Reflect.get(handle, 'fd');
  return typeof fd === 'number' ? fd : undefined;
}
