// Which calls the host is asked about: the filter's verdicts on calls as the kernel would see them.

import { describe, expect, test } from 'vitest';
import { buildFilter } from '../../src/host/filter.js';
import { SECCOMP_RET_ALLOW, SECCOMP_RET_USER_NOTIF } from '../../src/host/native/bpf.js';
import {
  auditArch,
  compatAuditArch,
  compatSyscalls,
  syscalls,
} from '../../src/host/native/x86-64.js';
import { runBpf } from './native/bpf-interpreter.js';

const BASE = 3072;
const AT_FDCWD = -100;
const AT_EMPTY_PATH = 0x1000;
const program = buildFilter(BASE);

function isAsked(nr: number, args: readonly number[], arch: number = auditArch): boolean {
  const { action: verdict } = runBpf(program, {
    nr,
    arch,
    args: args.map((value) => BigInt(value)),
  });
  expect([SECCOMP_RET_ALLOW, SECCOMP_RET_USER_NOTIF]).toContain(verdict);
  return verdict === SECCOMP_RET_USER_NOTIF;
}

describe('paths', () => {
  test.each(['open', 'openat', 'stat', 'readlink', 'access', 'execve', 'chdir'] as const)(
    '%s is always asked about',
    (name) => {
      expect(isAsked(syscalls[name], [0, 0, 0])).toBe(true);
    },
  );

  test('fstat in the shape of newfstatat is asked about for uvfio’s descriptors only', () => {
    expect(isAsked(syscalls.newfstatat, [3, 0, 0, AT_EMPTY_PATH])).toBe(false);
    expect(isAsked(syscalls.newfstatat, [BASE, 0, 0, AT_EMPTY_PATH])).toBe(true);
    expect(isAsked(syscalls.newfstatat, [AT_FDCWD, 0, 0, 0])).toBe(true);
  });
});

describe('descriptors', () => {
  test.each(['read', 'pread64', 'pwrite64', 'lseek', 'close', 'dup', 'fcntl'] as const)(
    '%s is asked about from the high base on',
    (name) => {
      expect(isAsked(syscalls[name], [BASE - 1, 0, 100000])).toBe(false);
      expect(isAsked(syscalls[name], [BASE, 0, 100000])).toBe(true);
      expect(isAsked(syscalls[name], [-1, 0, 100000])).toBe(false);
    },
  );

  test('mmap is asked about by its descriptor, the fifth argument', () => {
    expect(isAsked(syscalls.mmap, [0, 4096, 3, 2, -1, 0])).toBe(false);
    expect(isAsked(syscalls.mmap, [0, 4096, 3, 1, BASE, 0])).toBe(true);
  });

  test('dup2 is asked about when either number is high', () => {
    expect(isAsked(syscalls.dup2, [3, 4])).toBe(false);
    expect(isAsked(syscalls.dup2, [BASE, 1])).toBe(true);
    expect(isAsked(syscalls.dup2, [3, BASE])).toBe(true);
  });

  test('close_range is asked about when it reaches the high range', () => {
    expect(isAsked(syscalls.close_range, [3, 100])).toBe(false);
    expect(isAsked(syscalls.close_range, [3, 0xffffffff])).toBe(true);
  });

  test('small writes to standard output are asked about, large ones are not', () => {
    expect(isAsked(syscalls.write, [1, 0, 13])).toBe(true);
    expect(isAsked(syscalls.write, [1, 0, 4096])).toBe(false);
    expect(isAsked(syscalls.write, [2, 0, 13])).toBe(false);
  });
});

describe('ioctl', () => {
  test('of VFIO’s type is asked about on any descriptor', () => {
    expect(isAsked(syscalls.ioctl, [5, 0x3b64])).toBe(true);
  });

  test('of another type is asked about on uvfio’s descriptors only', () => {
    expect(isAsked(syscalls.ioctl, [5, 0x5401])).toBe(false);
    expect(isAsked(syscalls.ioctl, [BASE, 0x5401])).toBe(true);
  });
});

describe('32-bit programs', () => {
  test('are asked about by their own numbers', () => {
    expect(isAsked(compatSyscalls.openat, [0, 0], compatAuditArch)).toBe(true);
    expect(isAsked(compatSyscalls.ioctl, [5, 0x3b64], compatAuditArch)).toBe(true);
    expect(isAsked(compatSyscalls.mmap2, [0, 4096, 3, 1, BASE, 0], compatAuditArch)).toBe(true);
    expect(isAsked(compatSyscalls.getpid, [], compatAuditArch)).toBe(false);
  });
});
