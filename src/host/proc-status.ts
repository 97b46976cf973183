/** What `/proc/<tid>/status` and friends tell about a native task. proc(5) */
import { readFileSync, readlinkSync } from 'node:fs';
import type { Credentials } from '../kernel/task.js';

const CAP_DAC_OVERRIDE = 1n << 1n;
const CAP_IPC_LOCK = 1n << 14n;
const CAP_SYS_RAWIO = 1n << 17n;
const CAP_SYS_ADMIN = 1n << 21n;

/** One reading of a task's status. */
export interface ProcStatus {
  readonly comm: string;
  /** The process a thread belongs to. */
  readonly tgid: number;
  /** The parent's process number. */
  readonly parent: number;
  readonly credentials: Credentials;
}

/** Reads a task's status; undefined when the task is gone. */
export function readProcStatus(tid: number): ProcStatus | undefined {
  const text = readProcFile(`/proc/${tid}/status`);
  if (text === undefined) return undefined;
  const field = (name: string): string =>
    new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(text)?.[1] ?? '';
  const capabilities = BigInt(`0x${field('CapEff') || '0'}`);
  // The fourth number is what file permissions are checked against (fsuid, fsgid).
  const uid = Number(field('Uid').split(/\s+/)[3]);
  const gid = Number(field('Gid').split(/\s+/)[3]);
  return {
    comm: field('Name'),
    tgid: Number(field('Tgid')),
    parent: Number(field('PPid')),
    credentials: {
      uid,
      gid,
      dacOverride: (capabilities & CAP_DAC_OVERRIDE) !== 0n,
      ipcLock: (capabilities & CAP_IPC_LOCK) !== 0n,
      sysAdmin: (capabilities & (CAP_SYS_ADMIN | CAP_SYS_RAWIO)) !== 0n,
    },
  };
}

/** RLIMIT_MEMLOCK (soft) of a process in bytes; Infinity for none. */
export function readMemlockLimit(pid: number): number {
  const text = readProcFile(`/proc/${pid}/limits`) ?? '';
  const soft = /^Max locked memory\s+(\S+)/m.exec(text)?.[1];
  return soft === undefined || soft === 'unlimited' ? Infinity : Number(soft);
}

/** Content of a file in `/proc`; undefined when what it is about is gone. */
export function readProcFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

/** Where a link of `/proc` points; undefined when there is none. */
export function readProcLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
