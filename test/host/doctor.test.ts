// What `uvfio doctor` makes of kernels, limits and programs that are not those of the test.
import { describe, expect, test } from 'vitest';
import { compatFindings } from '../../src/host/doctor/compat-check.js';
import { kernelFinding, seccompFindings } from '../../src/host/doctor/kernel-checks.js';
import {
  clientFinding,
  descriptorFinding,
  fileSizeFindings,
  memlockFinding,
  nodeFinding,
} from '../../src/host/doctor/resource-checks.js';
import { canRunCompat, requiresCompatCompiler } from './compat-programs.js';

const everything = {
  userNotification: true,
  notificationSizes: true,
  waitKillable: true,
  listenerErrno: 0,
  addFd: true,
  addFdSend: true,
  syncWakeUp: true,
};

describe('a kernel', () => {
  test.each([
    ['5.10.0-28-amd64', 'broken'],
    ['5.15.0-91-generic', 'limited'],
    ['6.5.0', 'limited'],
    ['6.6.1', 'good'],
    ['7.0.0-rc1', 'good'],
  ])('%s: %s', (release, state) => {
    expect(kernelFinding(release).state).toBe(state);
  });

  test.each([
    [{ userNotification: false }, 'broken', 'is not there'],
    [{ listenerErrno: 16 }, 'broken', 'something else supervises'],
    [{ listenerErrno: 1 }, 'broken', 'forbidden'],
    [{ addFdSend: false }, 'broken', 'put descriptors into programs'],
    [{ syncWakeUp: false }, 'limited', 'without fast hand-over'],
  ])('with %j: %s', (missing, state, text) => {
    const [first] = seccompFindings({ ...everything, ...missing });
    expect(first).toMatchObject({ state, text: expect.stringContaining(text) as string });
    expect(first?.fix).toBeDefined();
  });
});

describe('32-bit programs', () => {
  test.each([
    ['does not start', 'the kernel refuses them'],
    ['calls are refused', 'their system calls are refused'],
  ] as const)('one that %s is a limit', (answer, text) => {
    const [finding] = compatFindings(answer);
    expect(finding).toMatchObject({
      state: 'limited',
      text: expect.stringContaining(text) as string,
    });
    expect(finding?.fix).toContain('CONFIG_IA32_EMULATION');
  });

  test('nothing is said where it can’t be tried', () => {
    expect(compatFindings('unknown')).toEqual([]);
  });

  requiresCompatCompiler(() => {
    test('this kernel does with a compiler’s what is found', () => {
      const state = canRunCompat() ? 'good' : 'limited';
      expect(compatFindings()).toEqual([expect.objectContaining({ state })]);
    });
  });
});

describe('limits', () => {
  test('few descriptors are a limit, few bytes to lock a note', () => {
    expect(descriptorFinding({ soft: 256, hard: 256 })).toMatchObject({ state: 'limited' });
    expect(memlockFinding(8 * 2 ** 20)).toMatchObject({
      state: 'note',
      text: 'programs may lock 8 MiB for DMA (RLIMIT_MEMLOCK), as on a real system',
    });
  });

  test('too few descriptors, or files too small', () => {
    expect(descriptorFinding({ soft: 32, hard: 32 })).toMatchObject({ state: 'broken' });
    expect(fileSizeFindings({ soft: 102_400, hard: 102_400 })).toMatchObject([
      { state: 'limited', fix: 'ulimit -f unlimited' },
    ]);
    expect(fileSizeFindings({ soft: Number.MAX_SAFE_INTEGER, hard: 0 })).toEqual([]);
  });

  test('an old Node is said to be old', () => {
    expect([nodeFinding('18.20.0').state, nodeFinding('20.0.0').state]).toEqual(['broken', 'good']);
  });

  test('programs that are missing come with their packages', () => {
    expect(clientFinding('/nowhere').fix ?? '').toContain('dpdk');
  });
});
