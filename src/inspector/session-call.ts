/** A call of a program, with what it read, wrote and caused. */
import type { RecordOf } from '../recording/index.js';
import type { Request } from './decode/request.js';
import type { SessionEvent } from './session-event.js';

/** An open file. */
export interface SessionFile {
  readonly number: number;
  /** Its path, or what stands for one. */
  readonly label: string;
  /** Of a device's file: which device's. */
  device: string | undefined;
  /** Of a container: its IOMMU is of Power, where requests are others. */
  isSpapr: boolean;
}

/** What an ioctl asks for, by name. */
export interface Requested {
  readonly name: string;
  readonly request: Request;
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
  /** What a link that it has read leads to. */
  target: string | undefined;
  entered: Entered | undefined;
  file: SessionFile | undefined;
  readonly reads: RecordOf<'userRead'>[];
  readonly writes: RecordOf<'userWrite'>[];
  readonly events: SessionEvent[];
  /** ≥ 0, or −errno. */
  result: number;
  /** The real kernel has run it, and its result is not known. */
  isElsewhere: boolean;
  /** A descriptor that it gave the program, */
  fd: number | undefined;
  /** and for which file. */
  given: SessionFile | undefined;
  /** What it asks for, once somebody has wanted to know (`requestOf`). */
  requested: Requested | undefined;
}

/** Who has made a call. */
interface Caller {
  readonly pid: number;
  readonly tid: number;
  readonly comm: string;
}

const NOBODY: Caller = { pid: 0, tid: 0, comm: '' };

/** A call of which nothing is known yet but its beginning. */
export function newCall(
  name: string,
  us: number,
  { pid, tid, comm }: Caller = NOBODY,
  registers: readonly number[] = [],
): SessionCall {
  return {
    name,
    pid,
    tid,
    comm,
    startUs: us,
    endUs: us,
    arguments: registers,
    path: undefined,
    target: undefined,
    entered: undefined,
    file: undefined,
    reads: [],
    writes: [],
    events: [],
    result: 0,
    isElsewhere: false,
    fd: undefined,
    given: undefined,
    requested: undefined,
  };
}

const NOTHING = new Uint8Array(0);
/** Structs have gaps of fewer bytes, which nobody reads or writes. */
const PADDING = 8;

/** What was read or written from an address on, as far as it is known without a gap; padding is zero. */
export function memoryAt(
  accesses: readonly RecordOf<'userRead' | 'userWrite'>[],
  address: number,
): Uint8Array {
  const [first] = accesses;
  if (first === undefined) return NOTHING;
  if (accesses.length === 1) return first.address === address ? first.bytes : NOTHING;
  const pieces = accesses.filter((piece) => piece.address >= address);
  let end = address;
  for (const piece of [...pieces].sort((one, other) => one.address - other.address)) {
    if (piece.address > end + PADDING) break;
    end = Math.max(end, piece.address + piece.bytes.length);
  }
  const known = new Uint8Array(end - address);
  for (const piece of pieces)
    if (piece.address < end) known.set(piece.bytes, piece.address - address);
  return known;
}
