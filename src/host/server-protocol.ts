/** What the main thread and the machine's thread say to each other. */

/** Which machine to build; the machine's thread reads and checks the description itself. */
export interface MachineChoice {
  /** A description file. */
  readonly file?: string;
  /** `--device` specifications, in order. Without any and without a file: the default machine. */
  readonly devices: readonly string[];
}

export interface ServerWorkerData {
  readonly machine: MachineChoice;
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly wakeFd: number;
  readonly scratchPath: string;
  readonly range: { readonly base: number; readonly limit: number };
  /** Bytes that programs may lock, whatever their RLIMIT_MEMLOCK says. */
  readonly memlockLimit: number | undefined;
}

export type ServerReport =
  /** The machine is built. */
  | { readonly type: 'built' }
  /** The machine can't be built; the message is for the user. */
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'log'; readonly level: string; readonly text: string }
  | { readonly type: 'defect'; readonly message: string };

export type ServerOrder =
  /** Begin to serve the listener; until then the thread only prepares. */
  | {
      readonly type: 'serve';
      readonly listenerFd: number;
      /** The launcher's own thread, and what it and the server share (hot-line.ts). */
      readonly launcherTid: number;
      readonly hotLine: SharedArrayBuffer;
    }
  | { readonly type: 'end' };
