/** A call of a program, with what it read, wrote and caused. */
import type { RecordOf } from '../recording/index.js';
import type { SessionEvent } from './session-event.js';

/** An open file. */
export interface SessionFile {
  readonly number: number;
  /** Its path, or what stands for one. */
  readonly label: string;
  /** Of a device's file: which device's. */
  device: string | undefined;
}

/** What the machine was asked for by a call. */
export type Entered = RecordOf<
  'open' | 'read' | 'write' | 'ioctl' | 'mmap' | 'lseek' | 'chmod' | 'chown' | 'close'
>;

/** A call, ended. */
export interface SessionCall {
  /** As the system call is called; `release` when a file's last reference goes. */
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly comm: string;
  /** Microseconds since the session began. */
  readonly startUs: number;
  endUs: number;
  /** The registers; of a call in this process, none. */
  readonly arguments: readonly number[];
  path: string | undefined;
  entered: Entered | undefined;
  file: SessionFile | undefined;
  readonly reads: RecordOf<'userRead'>[];
  readonly writes: RecordOf<'userWrite'>[];
  readonly events: SessionEvent[];
  /** ≥ 0, or −errno. */
  result: number;
  /** A descriptor that it gave the program, */
  fd: number | undefined;
  /** and for which file. */
  given: SessionFile | undefined;
}

/** A call of which nothing is known yet but its name and beginning. */
export function newCall(name: string, us: number): SessionCall {
  return {
    name,
    pid: 0,
    tid: 0,
    comm: '',
    startUs: us,
    endUs: us,
    arguments: [],
    path: undefined,
    entered: undefined,
    file: undefined,
    reads: [],
    writes: [],
    events: [],
    result: 0,
    fd: undefined,
    given: undefined,
  };
}

/** What was read or written from an address on, as far as it is known without a gap. */
export function memoryAt(
  accesses: readonly RecordOf<'userRead' | 'userWrite'>[],
  address: number,
): Uint8Array {
  let known = new Uint8Array(0);
  for (const { address: start, bytes } of accesses) {
    const offset = start - address;
    if (offset < 0 || offset > known.length) continue;
    const longer = new Uint8Array(Math.max(known.length, offset + bytes.length));
    longer.set(known);
    longer.set(bytes, offset);
    known = longer;
  }
  return known;
}
