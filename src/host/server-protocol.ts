/** What the main thread and the machine's thread say to each other. */
import type { ControlEvent } from '../machine/control/controller.js';
import type { FaultReport } from '../machine/faults/faults.js';
import type { MachineChoice } from '../config/load-machine.js';

/** How a session is to be recorded. */
export interface RecordingOrder {
  /** Whether all that a replay needs is recorded. */
  readonly isFull: boolean;
  /** Bytes on their way (`recording/record-stream.ts`). */
  readonly backlog: SharedArrayBuffer;
}

/** What the machine's thread begins with. */
export interface BuildOrder {
  /** Absent: the session is not recorded. */
  readonly recording: RecordingOrder | undefined;
  /** Which machine to build; the machine's thread loads and checks the description itself. */
  readonly machine: MachineChoice;
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly wakeFd: number;
  readonly scratchPath: string;
  /** Whether the eventfds of programs are made here, as they can't be copied. */
  readonly makesEventFds: boolean;
  readonly range: { readonly base: number; readonly limit: number };
  /** Bytes that programs may lock, whatever their RLIMIT_MEMLOCK says. */
  readonly memlockLimit: number | undefined;
}

export type ServerReport =
  /** The machine is built; with faults set, or, at the end, what came of them. */
  | { readonly type: 'built' }
  | { readonly type: 'faults'; readonly when: 'start' | 'end'; readonly report: FaultReport }
  /** The machine can't be built; the message is for the user. */
  | { readonly type: 'failed'; readonly message: string }
  /** Records of the session, in order. */
  | { readonly type: 'records'; readonly batch: Uint8Array }
  /** Of the machine's kernel; the level `notice` is what the user has to know in any case. */
  | { readonly type: 'log'; readonly level: string; readonly text: string }
  | { readonly type: 'defect'; readonly message: string }
  /** What comes of a control order: events, and at last a result or an error. */
  | { readonly type: 'control'; readonly key: number; readonly outcome: ControlOutcome };

export type ControlOutcome =
  | { readonly event: ControlEvent }
  | { readonly result: unknown }
  | { readonly error: { readonly code: string; readonly message: string } };

export type ServerOrder =
  /** Begin to serve the listener; until then the thread only prepares. */
  | {
      readonly type: 'serve';
      readonly listenerFd: number;
      /** The launcher's own thread, and what it and the server share (hot-line.ts). */
      readonly launcherTid: number;
      readonly hotLine: SharedArrayBuffer;
    }
  /** Something is asked of the machine from outside; answered by reports of the same key. */
  | {
      readonly type: 'control';
      readonly key: number;
      readonly method: unknown;
      readonly params: unknown;
    }
  | { readonly type: 'end' };
