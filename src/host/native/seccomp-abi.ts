// Numbers and layouts of linux/seccomp.h. Structure sizes are those of Linux 5.9 to 6.18; a kernel
// with larger ones is detected by SECCOMP_GET_NOTIF_SIZES (seccomp-probe).

export const SECCOMP_SET_MODE_FILTER = 1;
export const SECCOMP_GET_ACTION_AVAIL = 2;
export const SECCOMP_GET_NOTIF_SIZES = 3;

export const SECCOMP_FILTER_FLAG_NEW_LISTENER = 1 << 3;
/** Linux 5.19: a notified call that was received waits killably, so that ordinary signals don't restart it. */
export const SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV = 1 << 5;

export const SECCOMP_IOCTL_NOTIF_RECV = 0xc0502100;
export const SECCOMP_IOCTL_NOTIF_SEND = 0xc0182101;
export const SECCOMP_IOCTL_NOTIF_ID_VALID = 0x40082102;
export const SECCOMP_IOCTL_NOTIF_ADDFD = 0x40182103;
export const SECCOMP_IOCTL_NOTIF_SET_FLAGS = 0x40082104;

export const SECCOMP_USER_NOTIF_FLAG_CONTINUE = 1;
/** Linux 6.6: client and server hand over on one CPU, without a wake-up of another. */
export const SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP = 1;

export const SECCOMP_ADDFD_FLAG_SETFD = 1;
export const SECCOMP_ADDFD_FLAG_SEND = 2;

/** `struct seccomp_notif` { u64 id; u32 pid; u32 flags; struct seccomp_data data; } */
export const seccompNotif = {
  size: 80,
  id: 0,
  pid: 8,
  flags: 12,
  nr: 16,
  arch: 20,
  args: 32,
} as const;
/** `struct seccomp_notif_resp` { u64 id; s64 val; s32 error; u32 flags; } */
export const seccompNotifResp = { size: 24, id: 0, val: 8, error: 16, flags: 20 } as const;
/** `struct seccomp_notif_addfd` { u64 id; u32 flags; u32 srcfd; u32 newfd; u32 newfd_flags; } */
export const seccompNotifAddfd = {
  size: 24,
  id: 0,
  flags: 8,
  srcfd: 12,
  newfd: 16,
  newfdFlags: 20,
} as const;
