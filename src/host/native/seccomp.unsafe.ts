// Puts a filter on the calling thread, with a listener. Filters are per thread and inherited: everything the
// thread spawns afterwards is filtered, the rest of this process is not. There is no way back for the thread.
// seccomp(2), seccomp_unotify(2)

import type { BpfProgram } from './bpf.js';
import { libc } from './libc.unsafe.js';
import { EINVAL, PR_SET_NO_NEW_PRIVS } from './linux-constants.js';
import { NativeBuffer, NativeCallError } from './native-buffer.unsafe.js';
import {
  SECCOMP_FILTER_FLAG_NEW_LISTENER,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
  SECCOMP_IOCTL_NOTIF_SET_FLAGS,
  SECCOMP_SET_MODE_FILTER,
  SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP,
} from './seccomp-abi.js';

export interface InstalledFilter {
  /** Close-on-exec; owned by the caller. Notified calls of the thread block until someone serves it. */
  readonly listenerFd: number;
  readonly waitsKillable: boolean;
}

/**
 * @throws NativeCallError EBUSY when a filter above this one already has a listener (uvfio in uvfio, some
 * container managers), EINVAL when the kernel or its configuration has no user notification
 */
export function installFilter(program: BpfProgram): InstalledFilter {
  const noNewPrivs = libc().prctl(PR_SET_NO_NEW_PRIVS, 1);
  if (noNewPrivs < 0) throw new NativeCallError('prctl(PR_SET_NO_NEW_PRIVS)', -noNewPrivs);

  using memory = NativeBuffer.allocate(16 + program.bytes.length);
  memory.view.setUint16(0, program.instructionCount, true); // struct sock_fprog { u16 len; filter * }
  memory.view.setBigUint64(8, BigInt(memory.address + 16), true);
  memory.bytes.set(program.bytes, 16);

  let waitsKillable = true;
  let listenerFd = setModeFilter(
    SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
    memory.address,
  );
  if (listenerFd === -EINVAL) {
    waitsKillable = false;
    listenerFd = setModeFilter(SECCOMP_FILTER_FLAG_NEW_LISTENER, memory.address);
  }
  if (listenerFd < 0) throw new NativeCallError('seccomp(SECCOMP_SET_MODE_FILTER)', -listenerFd);

  return { listenerFd, waitsKillable };
}

function setModeFilter(flags: number, program: number): number {
  return libc().seccomp(SECCOMP_SET_MODE_FILTER, flags, program);
}

/**
 * Lets client and server hand over on one CPU, where the kernel can (Linux 6.6), or not any more. Not to be called by the
 * filtered thread: its ioctls may be notified themselves, and nobody serves them yet.
 * @returns whether the kernel can
 */
export function wakeSynchronously(listenerFd: number, isSynchronous = true): boolean {
  const flags = isSynchronous ? SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP : 0;
  return libc().ioctl(listenerFd, SECCOMP_IOCTL_NOTIF_SET_FLAGS, flags) === 0;
}
