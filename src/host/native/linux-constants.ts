// Linux constants the native layer itself uses. Values: asm-generic/errno-base.h, asm-generic/fcntl.h,
// asm-generic/mman-common.h, asm-generic/poll.h, linux/inotify.h, linux/stat.h, linux/prctl.h,
// asm-generic/resource.h (the generic ABI: the same on x86-64 and arm64, O_DIRECTORY and O_NOFOLLOW apart).

export const EPERM = 1;
export const ENOENT = 2;
export const EINTR = 4;
export const EBADF = 9;
export const EAGAIN = 11;
export const EACCES = 13;
export const EFAULT = 14;
export const EBUSY = 16;
export const EINVAL = 22;
export const ENAMETOOLONG = 36;
export const ENOSYS = 38;
export const EADDRINUSE = 98;
export const ECONNREFUSED = 111;
export const EINPROGRESS = 115;

export const O_RDONLY = 0;
export const O_WRONLY = 1;
export const O_RDWR = 2;
export const O_CREAT = 0o100;
export const O_EXCL = 0o200;
export const O_NONBLOCK = 0o4000;
export const O_CLOEXEC = 0o2000000;
export const O_PATH = 0o10000000;
export const AT_FDCWD = -100;
export const AT_SYMLINK_NOFOLLOW = 0x100;
export const AT_EMPTY_PATH = 0x1000;

export const PROT_NONE = 0;
export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const PROT_EXEC = 4;
export const MAP_SHARED = 1;
export const MAP_PRIVATE = 2;
export const MAP_FIXED = 0x10;
export const MAP_ANONYMOUS = 0x20;
export const MAP_NORESERVE = 0x4000;

export const F_DUPFD = 0;
export const F_GETFD = 1;
export const F_SETFD = 2;
export const FD_CLOEXEC = 1;

export const POLLIN = 0x1;
export const POLLOUT = 0x4;
export const POLLERR = 0x8;
export const POLLHUP = 0x10;

export const IN_CLOSE_WRITE = 0x8;
export const IN_CREATE = 0x100;
export const IN_Q_OVERFLOW = 0x4000;

export const EFD_NONBLOCK = O_NONBLOCK;
export const EFD_CLOEXEC = O_CLOEXEC;
export const IN_NONBLOCK = O_NONBLOCK;
export const IN_CLOEXEC = O_CLOEXEC;
export const MFD_CLOEXEC = 1;

export const PR_SET_NO_NEW_PRIVS = 38;
export const RLIMIT_FSIZE = 1;
export const RLIMIT_NOFILE = 7;
