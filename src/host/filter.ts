/**
 * Which system calls of a program the host is asked about. Everything else runs at native speed.
 *
 * Path calls are always asked (BPF can't look at a path); calls on descriptors only where the number
 * is in the high range that uvfio's files are put into; ioctl wherever the request is one of VFIO's,
 * whatever the number.
 */
import {
  BpfAssembler,
  type BpfProgram,
  SECCOMP_RET_ALLOW,
  SECCOMP_RET_USER_NOTIF,
  seccompData,
} from './native/bpf.js';
import {
  auditArch,
  type CompatSyscallName,
  compatAuditArch,
  compatSyscalls,
  type SyscallName,
  syscalls,
  x32SyscallBit,
} from './native/x86-64.js';

/** `_IOC_TYPE` of VFIO's requests, in place. */
const VFIO_IOC_TYPE = 0x3b00;
const IOC_TYPE_MASK = 0xff00;
const AT_EMPTY_PATH = 0x1000;
/** Descriptors from here on are negative ints. */
const NEGATIVE = 0x8000_0000;
/** Writes to standard output from this size on are never redirected attribute writes (`echo x > …`). */
const LARGE_WRITE = 4096;

type Name = SyscallName | CompatSyscallName;
/** Emits the test of one kind of call; its own labels begin with `label`. */
type Body = (program: BpfAssembler, label: string) => void;

/** Calls that name a path, depend on where relative ones begin, list what is there, or change it. */
const pathCalls: readonly Name[] = [
  'open',
  'openat',
  'openat2',
  'creat',
  'stat',
  'lstat',
  'stat64',
  'lstat64',
  'access',
  'faccessat',
  'faccessat2',
  'readlink',
  'readlinkat',
  'chdir',
  'fchdir',
  'getcwd',
  'getdents64',
  'statfs',
  'statfs64',
  'fstatfs',
  'fstatfs64',
  'getxattr',
  'lgetxattr',
  'listxattr',
  'llistxattr',
  'chmod',
  'fchmodat',
  'fchmodat2',
  'chown',
  'lchown',
  'chown32',
  'lchown32',
  'fchownat',
  'fchmod',
  'fchown',
  'fchown32',
  'mkdir',
  'mkdirat',
  'mknod',
  'mknodat',
  'symlink',
  'symlinkat',
  'link',
  'linkat',
  'rename',
  'renameat',
  'renameat2',
  'unlink',
  'unlinkat',
  'rmdir',
  'truncate',
  'truncate64',
];

/** Calls that may end or replace a process's descriptors or memory. */
const processCalls: readonly Name[] = ['execve', 'execveat'];

/**
 * Calls that could take memory away under the machine, by whatever number, or fill the computer's: device
 * files are sparse, and as long as there can be regions.
 */
const resizingCalls: readonly Name[] = ['ftruncate', 'ftruncate64', 'fallocate'];

/** Path calls that take a descriptor instead, with AT_EMPTY_PATH in the argument of this number. */
const emptyPathCalls: ReadonlyMap<Name, number> = new Map([
  ['newfstatat', 3],
  ['fstatat64', 3],
  ['statx', 2],
]);

/** Calls on a descriptor, by the argument that holds it. */
const descriptorCalls: ReadonlyMap<Name, readonly number[]> = new Map<Name, readonly number[]>([
  ['read', [0]],
  ['write', [0]],
  ['pread64', [0]],
  ['pwrite64', [0]],
  ['readv', [0]],
  ['writev', [0]],
  ['preadv', [0]],
  ['pwritev', [0]],
  ['preadv2', [0]],
  ['pwritev2', [0]],
  ['lseek', [0]],
  ['_llseek', [0]],
  ['fstat', [0]],
  ['fstat64', [0]],
  ['close', [0]],
  ['dup', [0]],
  ['dup2', [0, 1]],
  ['dup3', [0, 1]],
  ['fcntl', [0]],
  ['fcntl64', [0]],
  ['mmap', [4]],
  ['mmap2', [4]],
  ['fsync', [0]],
  ['fdatasync', [0]],
  ['close_range', [1]],
]);

/** Asked about where eventfds have to be made by the host. */
const eventFdCalls: readonly Name[] = ['eventfd', 'eventfd2'];

/**
 * The filter of a run whose own files have descriptors from `highBase` on.
 * @param asksForEventFds whether the host makes the eventfds of programs
 */
export function buildFilter(highBase: number, asksForEventFds = false): BpfProgram {
  const extra = asksForEventFds ? eventFdCalls : [];
  const program = new BpfAssembler();
  program.load(seccompData.arch);
  program.jumpIf('eq', auditArch, 'native');
  program.jumpIf('eq', compatAuditArch, 'compat', 'allow');
  program.label('native').load(seccompData.nr);
  program.jumpIf('ge', x32SyscallBit, 'allow');
  emitTable(program, 'n', syscalls, highBase, extra);
  program.label('compat').load(seccompData.nr);
  // Old i386 mmap passes its arguments in memory; nobody maps device files with it.
  emitTable(program, 'c', withoutOldMmap(compatSyscalls), highBase, extra);
  program.label('notify').return(SECCOMP_RET_USER_NOTIF);
  program.label('allow').return(SECCOMP_RET_ALLOW);
  return program.assemble();
}

function withoutOldMmap(table: Readonly<Record<string, number>>): Record<string, number> {
  const { mmap: _, ...rest } = table;
  return rest;
}

function emitTable(
  program: BpfAssembler,
  prefix: string,
  table: Readonly<Record<string, number>>,
  highBase: number,
  extra: readonly Name[],
): void {
  const cases = new Map<number, string>();
  const bodies = new Map<string, Body>();
  const add = (name: Name, label: string, body?: Body): void => {
    const nr = table[name];
    if (nr === undefined) return;
    cases.set(nr, body === undefined ? label : `${prefix}:${label}`);
    if (body !== undefined) bodies.set(`${prefix}:${label}`, body);
  };
  for (const name of [...pathCalls, ...processCalls, ...resizingCalls, ...extra]) {
    add(name, 'notify');
  }
  for (const [name, flags] of emptyPathCalls) {
    add(name, `empty${flags}`, (at) => emptyPath(at, flags, highBase));
  }
  for (const [name, fds] of descriptorCalls) {
    if (name === 'write') add(name, 'write', (at, label) => write(at, label, highBase));
    else add(name, `fd${fds.join('')}`, (at, label) => descriptors(at, label, fds, highBase));
  }
  add('ioctl', 'ioctl', (at, label) => ioctl(at, label, highBase));
  program.dispatch(cases, 'allow');
  for (const [label, body] of bodies) body(program.label(label), label);
}

/** Asked when any of the descriptors is in the high range. */
function descriptors(
  program: BpfAssembler,
  label: string,
  fds: readonly number[],
  highBase: number,
): void {
  for (const [index, fd] of fds.entries()) {
    const isLast = index === fds.length - 1;
    program.load(seccompData.argumentLow(fd));
    // close_range's last is often "all": as unsigned as it gets, and in range.
    if (fd === 1 && fds.length === 1) program.jumpIf('ge', highBase, 'notify', 'allow');
    else {
      const next = `${label}:${index}`;
      program.jumpIf('ge', NEGATIVE, isLast ? 'allow' : next);
      program.jumpIf('ge', highBase, 'notify', isLast ? 'allow' : next);
      if (!isLast) program.label(next);
    }
  }
}

function ioctl(program: BpfAssembler, label: string, highBase: number): void {
  program.load(seccompData.argumentLow(1)).and(IOC_TYPE_MASK);
  program.jumpIf('eq', VFIO_IOC_TYPE, 'notify');
  descriptors(program, label, [0], highBase);
}

/** Small writes to standard output may be a shell's `echo … > attribute`: the host looks at those. */
function write(program: BpfAssembler, label: string, highBase: number): void {
  const other = `${label}:other`;
  program.load(seccompData.argumentLow(0));
  program.jumpUnless('eq', 1, other);
  program.load(seccompData.argumentLow(2));
  program.jumpIf('ge', LARGE_WRITE, 'allow', 'notify');
  program.label(other);
  descriptors(program, label, [0], highBase);
}

/** `fstat` in the shape of a path call, on someone else's descriptor: not asked. */
function emptyPath(program: BpfAssembler, flags: number, highBase: number): void {
  program.load(seccompData.argumentLow(flags));
  program.jumpUnless('set', AT_EMPTY_PATH, 'notify');
  program.load(seccompData.argumentLow(0));
  program.jumpIf('ge', highBase, 'notify', 'allow');
}
