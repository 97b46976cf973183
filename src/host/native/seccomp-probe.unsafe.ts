// Which of the seccomp features uvfio uses this kernel and this sandbox have. The calling thread stays
// unfiltered: flags are tried with an invalid filter address (EFAULT: known, EINVAL: not), and what only a
// listener can tell is asked in a thread that ends right after. seccomp(2), seccomp_unotify(2)

import { Worker } from 'node:worker_threads';
import { stat } from 'node:fs/promises';
import { libc } from './libc.unsafe.js';
import { EFAULT, EINVAL } from './linux-constants.js';
import { NativeBuffer } from './native-buffer.unsafe.js';
import { SECCOMP_RET_USER_NOTIF } from './bpf.js';
import {
  SECCOMP_ADDFD_FLAG_SEND,
  SECCOMP_FILTER_FLAG_NEW_LISTENER,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
  SECCOMP_GET_ACTION_AVAIL,
  SECCOMP_GET_NOTIF_SIZES,
  SECCOMP_IOCTL_NOTIF_ADDFD,
  SECCOMP_SET_MODE_FILTER,
  seccompNotif,
  seccompNotifAddfd,
  seccompNotifResp,
} from './seccomp-abi.js';

export interface SeccompFeatures {
  /** SECCOMP_RET_USER_NOTIF (Linux 5.0). */
  readonly userNotification: boolean;
  /** Structure sizes are the ones uvfio uses. */
  readonly notificationSizes: boolean;
  /** SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (5.19). */
  readonly waitKillable: boolean;
  /** 0, or why a listener can't be installed: EBUSY below another one, EPERM in a strict sandbox. */
  readonly listenerErrno: number;
  /** SECCOMP_IOCTL_NOTIF_ADDFD (5.9). */
  readonly addFd: boolean;
  /** SECCOMP_ADDFD_FLAG_SEND (5.14). */
  readonly addFdSend: boolean;
  /** SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (6.6). */
  readonly syncWakeUp: boolean;
}

/** What the thread of its own finds out. */
export type ListenerFeatures = Pick<
  SeccompFeatures,
  'listenerErrno' | 'addFd' | 'addFdSend' | 'syncWakeUp'
>;

/** @throws UnsupportedPlatformError */
export async function probeSeccomp(): Promise<SeccompFeatures> {
  using memory = NativeBuffer.allocate(16);
  const { seccomp } = libc();

  memory.u32[0] = SECCOMP_RET_USER_NOTIF;
  const userNotification = seccomp(SECCOMP_GET_ACTION_AVAIL, 0, memory.address) === 0;

  const sized = seccomp(SECCOMP_GET_NOTIF_SIZES, 0, memory.address) === 0;
  const notificationSizes =
    sized &&
    memory.view.getUint16(0, true) === seccompNotif.size &&
    memory.view.getUint16(2, true) === seccompNotifResp.size;

  const flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
  const waitKillable = seccomp(SECCOMP_SET_MODE_FILTER, flags, 0) === -EFAULT;

  return { userNotification, notificationSizes, waitKillable, ...(await probeListener()) };
}

/** For the probe's own thread, which is filtered: tries the listener's ioctls on a notification that isn't there. */
export function probeListenerIoctls(
  listenerFd: number,
): Pick<ListenerFeatures, 'addFd' | 'addFdSend'> {
  using memory = NativeBuffer.allocate(seccompNotifAddfd.size);
  memory.i32[seccompNotifAddfd.srcfd >> 2] = -1;
  const isKnown = (flags: number): boolean => {
    memory.u32[seccompNotifAddfd.flags >> 2] = flags;
    return libc().ioctl(listenerFd, SECCOMP_IOCTL_NOTIF_ADDFD, memory.address) !== -EINVAL;
  };
  return { addFd: isKnown(0), addFdSend: isKnown(SECCOMP_ADDFD_FLAG_SEND) };
}

async function probeListener(): Promise<ListenerFeatures> {
  await stat('/'); // as in launcher.ts: the thread pool must not be started from a filtered thread
  const worker = new Worker(new URL('./seccomp-probe-worker.js', import.meta.url), {
    execArgv: [],
  });
  return new Promise((resolve, reject) => {
    let found: ListenerFeatures | undefined;
    worker.once('message', (features: ListenerFeatures) => {
      found = features;
    });
    worker.once('error', reject);
    worker.once('exit', () => {
      if (found === undefined) reject(new Error('the probing thread stopped before it answered'));
      else resolve(found);
    });
  });
}
