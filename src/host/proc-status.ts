/** What `/proc/<tid>/status` and friends tell about a native task. proc(5) */
import type { Credentials } from '../kernel/task.js';
import { readSmallFile } from './native/proc-file.unsafe.js';

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
  /** VmLck: memory locked with mlock, in KiB. */
  readonly lockedKb: number;
}

/** Reads a task's status; undefined when the task is gone. */
export function readProcStatus(tid: number): ProcStatus | undefined {
  const text = readSmallFile(`/proc/${tid}/status`);
  if (text === undefined) return undefined;
  const field = (name: string): string => fieldOf(text, name);
  const capabilities = BigInt(`0x${field('CapEff') || '0'}`);
  // The fourth number is what file permissions are checked against (fsuid, fsgid).
  const uid = Number(field('Uid').split(/\s+/)[3]);
  const gid = Number(field('Gid').split(/\s+/)[3]);
  return {
    comm: field('Name'),
    lockedKb: Number.parseInt(field('VmLck'), 10) || 0,
    tgid: Number(field('Tgid')),
    parent: Number(field('PPid')),
    credentials: {
      uid,
      gid,
      groups: field('Groups').split(/\s+/).filter(Boolean).map(Number),
      dacOverride: (capabilities & CAP_DAC_OVERRIDE) !== 0n,
      ipcLock: (capabilities & CAP_IPC_LOCK) !== 0n,
      sysAdmin: (capabilities & (CAP_SYS_ADMIN | CAP_SYS_RAWIO)) !== 0n,
    },
  };
}

/** The value in the line `Name:\tvalue`. */
function fieldOf(text: string, name: string): string {
  const at = text.startsWith(`${name}:`) ? 0 : text.indexOf(`\n${name}:`) + 1;
  const end = text.indexOf('\n', at);
  return text.slice(at + name.length + 1, end < 0 ? undefined : end).trim();
}

/** RLIMIT_MEMLOCK (soft) of a process in bytes; Infinity for none. */
export function readMemlockLimit(pid: number): number {
  const text = readSmallFile(`/proc/${pid}/limits`) ?? '';
  const soft = /^Max locked memory\s+(\S+)/m.exec(text)?.[1];
  return soft === undefined || soft === 'unlimited' ? Infinity : Number(soft);
}
