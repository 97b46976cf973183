/** Who makes system calls: credentials, limits, memory and descriptors of a process. */
import type { DescriptorTable } from './descriptor-table.js';
import type { UserMemory } from './user-memory.js';

/** `struct cred`, as far as VFIO asks. */
export interface Credentials {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups. Default: none. */
  readonly groups?: readonly number[];
  /** May ignore file permissions (CAP_DAC_OVERRIDE). */
  readonly dacOverride: boolean;
  /** May lock memory beyond RLIMIT_MEMLOCK (CAP_IPC_LOCK). */
  readonly ipcLock: boolean;
  /** May do raw I/O and administer the system (CAP_SYS_RAWIO, CAP_SYS_ADMIN). */
  readonly sysAdmin: boolean;
}

/** Whether somebody belongs to a group. */
export function isInGroup({ gid, groups }: Credentials, group: number): boolean {
  return gid === group || groups?.includes(group) === true;
}

/** What a task consists of. */
export interface TaskOptions {
  readonly pid: number;
  /** The command name, at most 15 characters on Linux. */
  readonly comm: string;
  /** Asked when they matter: a native program may change its own at any time. */
  readonly credentials: () => Credentials;
  /** RLIMIT_MEMLOCK in bytes, asked when it matters; Infinity for none. */
  readonly memlockLimit: () => number;
  readonly memory: UserMemory;
  readonly files: DescriptorTable;
}

/** A process or thread (`struct task_struct`). */
export class Task {
  readonly pid: number;
  readonly comm: string;
  readonly memory: UserMemory;
  readonly files: DescriptorTable;
  readonly #credentials: () => Credentials;
  readonly #memlockLimit: () => number;
  #pendingSignal = false;

  constructor(options: TaskOptions) {
    this.pid = options.pid;
    this.comm = options.comm;
    this.#credentials = options.credentials;
    this.memory = options.memory;
    this.files = options.files;
    this.#memlockLimit = options.memlockLimit;
  }

  get credentials(): Credentials {
    return this.#credentials();
  }

  /** RLIMIT_MEMLOCK in bytes, or Infinity. */
  get memlockLimit(): number {
    return this.#memlockLimit();
  }

  /** Whether a signal waits to be handled; it then ends interruptible sleep. */
  get hasPendingSignal(): boolean {
    return this.#pendingSignal;
  }

  setPendingSignal(): void {
    this.#pendingSignal = true;
  }
}

/** Credentials of the superuser. */
export const ROOT_CREDENTIALS: Credentials = Object.freeze({
  uid: 0,
  gid: 0,
  dacOverride: true,
  ipcLock: true,
  sysAdmin: true,
});

/** Credentials of a process that is gone, and of which nothing is known any more. */
export const NOBODY_CREDENTIALS: Credentials = Object.freeze({
  uid: 65534,
  gid: 65534,
  dacOverride: false,
  ipcLock: false,
  sysAdmin: false,
});
