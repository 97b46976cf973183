// What the launcher's two threads say to each other.

import type { BpfProgram } from './bpf.js';

/** The program to run. Its standard streams are ours. */
export interface ProgramOptions {
  /** A path, or a name looked up in PATH of `env`. */
  readonly file: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** argv[0], where it is not `file`. */
  readonly argv0?: string;
  /**
   * Descriptors above 2 to pass on under their numbers. Node marks what it was started with close-on-exec, so that
   * `uvfio run -- program 3< file` loses descriptor 3 unless it is named here.
   */
  readonly descriptors?: readonly number[];
  /** RLIMIT_NOFILE (soft) the program starts with, in descriptors; absent: ours, which node has raised. */
  readonly softDescriptorLimit?: number;
}

/** Exactly one of the two is null. */
export interface ProgramExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface LauncherWorkerData {
  readonly filter: BpfProgram;
  /** One Int32: 0 until there is an order in the message port. */
  readonly gate: SharedArrayBuffer;
  /** See hot-line.ts. */
  readonly hotLine: SharedArrayBuffer;
}

export type LauncherOrder =
  | { readonly type: 'spawn'; readonly program: ProgramOptions }
  | { readonly type: 'leave' };

export type LauncherReport =
  | {
      readonly type: 'ready';
      readonly listenerFd: number;
      readonly waitsKillable: boolean;
      readonly tid: number;
    }
  | {
      readonly type: 'failed';
      readonly call: string;
      readonly errno: number;
      readonly message: string;
    }
  | { readonly type: 'spawned'; readonly pid: number }
  | {
      readonly type: 'spawnFailed';
      readonly code: string;
      readonly errno: number;
      readonly message: string;
    }
  | ({ readonly type: 'exited' } & ProgramExit);
