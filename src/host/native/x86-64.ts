// Everything that is different on another architecture: system call numbers and AUDIT_ARCH values.
// Source: asm/unistd_64.h, asm/unistd_32.h and linux/audit.h of Linux 6.12. Only calls uvfio makes, notifies
// or has to know of are listed. A 64-bit process can also make i386 calls (int 0x80), so a filter
// needs both tables.

export const auditArch = 0xc000003e; // AUDIT_ARCH_X86_64
export const compatAuditArch = 0x40000003; // AUDIT_ARCH_I386

/** Set in `seccomp_data.nr` of x32 calls, which carry AUDIT_ARCH_X86_64 as well. */
export const x32SyscallBit = 0x40000000;

/** `__NR_*` of x86-64. */
// biome-ignore format: one a line would be 270 lines
export const syscalls = {
  read: 0, write: 1, open: 2, close: 3, stat: 4, fstat: 5, lstat: 6, poll: 7, lseek: 8, mmap: 9, mprotect: 10,
  munmap: 11, ioctl: 16, pread64: 17, pwrite64: 18, readv: 19, writev: 20, preadv: 295, pwritev: 296, preadv2: 327,
  pwritev2: 328, access: 21, dup: 32, dup2: 33, dup3: 292, fcntl: 72, fork: 57, vfork: 58, clone: 56, clone3: 435,
  execve: 59, execveat: 322, exit: 60, exit_group: 231, kill: 62, tkill: 200, tgkill: 234, getdents: 78,
  getdents64: 217, getcwd: 79, chdir: 80, fchdir: 81, rename: 82, renameat: 264, renameat2: 316, mkdir: 83,
  mkdirat: 258, rmdir: 84, creat: 85, link: 86, linkat: 265, unlink: 87, unlinkat: 263, symlink: 88, symlinkat: 266,
  readlink: 89, readlinkat: 267, chmod: 90, fchmod: 91, fchmodat: 268, chown: 92, fchown: 93, lchown: 94,
  fchownat: 260, utime: 132, utimes: 235, utimensat: 280, futimesat: 261, statfs: 137, fstatfs: 138, truncate: 76,
  ftruncate: 77, mremap: 25, madvise: 28, msync: 26, sendfile: 40, splice: 275, tee: 276, vmsplice: 278,
  copy_file_range: 326, sendmsg: 46, recvmsg: 47, close_range: 436, openat: 257, openat2: 437, newfstatat: 262,
  statx: 332, faccessat: 269, faccessat2: 439, eventfd: 284, eventfd2: 290, pidfd_open: 434, pidfd_getfd: 438,
  pidfd_send_signal: 424, process_vm_readv: 310, process_vm_writev: 311, inotify_init1: 294, inotify_add_watch: 254,
  inotify_rm_watch: 255, memfd_create: 319, prctl: 157, seccomp: 317, prlimit64: 302, getrlimit: 97, setrlimit: 160,
  gettid: 186, getpid: 39, ppoll: 271, select: 23, pselect6: 270, epoll_ctl: 233, epoll_create1: 291, epoll_pwait: 281, name_to_handle_at: 303,
  open_by_handle_at: 304, getxattr: 191, lgetxattr: 192, listxattr: 194, llistxattr: 195, setxattr: 188, uselib: 134,
  acct: 163, mknod: 133, mknodat: 259, io_uring_setup: 425, io_uring_enter: 426, io_uring_register: 427,
  io_setup: 206, io_submit: 209, userfaultfd: 323, futex: 202, sched_yield: 24, sched_setaffinity: 203, setpriority: 141, sched_setattr: 314,
  fallocate: 285, flock: 73, fsync: 74, fdatasync: 75, mount: 165, open_tree: 428, fadvise64: 221, fchmodat2: 452,
  socket: 41, connect: 42, sendto: 44, bind: 49, listen: 50, getsockopt: 55, accept4: 288,
  clock_gettime: 228,
} as const;

/** `__NR_*` of i386: the calls of 32-bit programs. */
// biome-ignore format: as above
export const compatSyscalls = {
  read: 3, write: 4, open: 5, close: 6, stat: 106, fstat: 108, lstat: 107, poll: 168, lseek: 19, mmap: 90,
  mprotect: 125, munmap: 91, ioctl: 54, pread64: 180, pwrite64: 181, readv: 145, writev: 146, preadv: 333,
  pwritev: 334, preadv2: 378, pwritev2: 379, access: 33, dup: 41, dup2: 63, dup3: 330, fcntl: 55, fork: 2, vfork: 190,
  clone: 120, clone3: 435, execve: 11, execveat: 358, exit: 1, exit_group: 252, kill: 37, tkill: 238, tgkill: 270,
  getdents: 141, getdents64: 220, getcwd: 183, chdir: 12, fchdir: 133, rename: 38, renameat: 302, renameat2: 353,
  mkdir: 39, mkdirat: 296, rmdir: 40, creat: 8, link: 9, linkat: 303, unlink: 10, unlinkat: 301, symlink: 83,
  symlinkat: 304, readlink: 85, readlinkat: 305, chmod: 15, fchmod: 94, fchmodat: 306, chown: 182, fchown: 95,
  lchown: 16, fchownat: 298, utime: 30, utimes: 271, utimensat: 320, futimesat: 299, statfs: 99, fstatfs: 100,
  truncate: 92, ftruncate: 93, mremap: 163, madvise: 219, msync: 144, sendfile: 187, splice: 313, tee: 315,
  vmsplice: 316, copy_file_range: 377, sendmsg: 370, recvmsg: 372, close_range: 436, openat: 295, openat2: 437,
  statx: 383, faccessat: 307, faccessat2: 439, eventfd: 323, eventfd2: 328, pidfd_open: 434, pidfd_getfd: 438,
  pidfd_send_signal: 424, process_vm_readv: 347, process_vm_writev: 348, inotify_init1: 332, inotify_add_watch: 292,
  inotify_rm_watch: 293, memfd_create: 356, prctl: 172, seccomp: 354, prlimit64: 340, getrlimit: 76, setrlimit: 75,
  gettid: 224, getpid: 20, ppoll: 309, select: 82, pselect6: 308, epoll_ctl: 255, name_to_handle_at: 341,
  open_by_handle_at: 342, getxattr: 229, lgetxattr: 230, listxattr: 232, llistxattr: 233, setxattr: 226, uselib: 86,
  acct: 51, mknod: 14, mknodat: 297, io_uring_setup: 425, io_uring_enter: 426, io_uring_register: 427, io_setup: 245,
  io_submit: 248, userfaultfd: 374, futex: 240, sched_yield: 158, sched_setaffinity: 241, fallocate: 324, flock: 143,
  fsync: 118, fdatasync: 148, mount: 21, open_tree: 428, fadvise64: 250, mmap2: 192, stat64: 195, lstat64: 196,
  fstat64: 197, fstatat64: 300, fcntl64: 221, ftruncate64: 194, truncate64: 193, oldstat: 18, oldlstat: 84,
  oldfstat: 28, _llseek: 140, ppoll_time64: 414, futex_time64: 422, fchmodat2: 452, chown32: 212, lchown32: 198,
  fchown32: 207, statfs64: 268, fstatfs64: 269,
} as const;

export type SyscallName = keyof typeof syscalls;
export type CompatSyscallName = keyof typeof compatSyscalls;
