/** What the kernel and the container around can do: seccomp's listeners above all. */
import { release } from 'node:os';
import type { SeccompFeatures } from '../native/seccomp-probe.unsafe.js';
import type { Finding } from './finding.js';

/** `6.8.0-45-generic` → [6, 8] */
export function kernelVersion(text: string): readonly [major: number, minor: number] {
  const [major = 0, minor = 0] = text.split('.').map((part) => Number.parseInt(part, 10) || 0);
  return [major, minor];
}

function isAtLeast([major, minor]: readonly [number, number], wanted: readonly [number, number]) {
  return major > wanted[0] || (major === wanted[0] && minor >= wanted[1]);
}

export function kernelFinding(text = release()): Finding {
  const version = kernelVersion(text);
  if (!isAtLeast(version, [5, 14])) {
    const fix = 'use a computer or virtual machine with Linux 5.14 or newer';
    return { state: 'broken', text: `Linux ${text}: 5.14 or newer is needed`, fix };
  }
  if (isAtLeast(version, [6, 6])) return { state: 'good', text: `Linux ${text}` };
  const fix = 'Linux 6.6 or newer answers calls about five times as fast';
  return { state: 'limited', text: `Linux ${text}: everything works, but slower`, fix };
}

const EBUSY = 16;
const EPERM = 1;

export function seccompFindings(features: SeccompFeatures): Finding[] {
  const { userNotification, listenerErrno, addFd, addFdSend, syncWakeUp, waitKillable } = features;
  if (!userNotification) {
    const fix =
      'the kernel needs CONFIG_SECCOMP_FILTER; some sandboxes (gVisor) do not have it: use another';
    return [{ state: 'broken', text: 'seccomp user notification is not there', fix }];
  }
  if (listenerErrno !== 0) return [listenerFinding(listenerErrno)];
  if (!addFd || !addFdSend) {
    const fix = 'use Linux 5.14 or newer';
    return [{ state: 'broken', text: 'seccomp can’t put descriptors into programs', fix }];
  }
  const fast: Finding = syncWakeUp
    ? { state: 'good', text: 'seccomp user notification, with fast hand-over (SYNC_WAKE_UP)' }
    : {
        state: 'limited',
        text: 'seccomp user notification, without fast hand-over (SYNC_WAKE_UP)',
        fix: 'Linux 6.6 or newer answers a call in about 7 µs instead of 40',
      };
  const killable: Finding = waitKillable
    ? { state: 'good', text: 'calls that wait are not disturbed by signals (WAIT_KILLABLE_RECV)' }
    : {
        state: 'limited',
        text: 'programs that get many signals repeat calls (no WAIT_KILLABLE_RECV)',
        fix: 'Linux 5.19 or newer',
      };
  return [fast, killable];
}

function listenerFinding(errno: number): Finding {
  if (errno === EBUSY) {
    const text = 'something else supervises system calls here: uvfio, or a container manager';
    return { state: 'broken', text, fix: 'run uvfio outside of it' };
  }
  const text =
    errno === EPERM
      ? 'seccomp filters are forbidden here'
      : `a seccomp listener can't be installed (errno ${errno})`;
  const fix = 'allow seccomp(2) in the container’s profile: Docker’s default profile does';
  return { state: 'broken', text, fix };
}
