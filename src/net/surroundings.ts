/**
 * What networks have of the world outside of the machine. The host gives real files and sockets; a
 * machine in-process has none unless its user gives them.
 */
import type { NetworkPort } from './network-port.js';
import type { NetworksPlace } from './networks.js';

export interface NetworkSurroundings {
  /** Milliseconds since 1970, for captures. Default: machine time, as if the machine started in 1970. */
  readonly wallClockMs?: () => number;
  /** Tells whoever runs the machine of what went wrong with their files. Default: the log is told. */
  readonly notice?: (text: string) => void;
  /** Makes a file for a capture, or empties it. @throws NetworkError */
  readonly createCapture?: (file: string) => CaptureFile;
  /** Opens a capture for reading. @throws NetworkError */
  readonly openCapture?: (file: string) => CaptureSource;
  /** Connects a port with something that is not part of the machine. @throws NetworkError */
  readonly connect?: (port: NetworkPort, end: OutsideEnd, place: NetworksPlace) => Connection;
}

/** A file that a capture is written to. */
export interface CaptureFile {
  /** Appends all of the bytes or, when it throws, none. @throws NetworkError */
  write(bytes: Uint8Array): void;
  close(): void;
}

/** A file that a capture is read from. */
export interface CaptureSource {
  /** The next bytes. @returns how many; 0 at the end. @throws NetworkError */
  read(target: Uint8Array): number;
  close(): void;
}

/** The other end of a port: a TAP device, or a Unix socket that is listened on or connected to. */
export interface OutsideEnd {
  readonly kind: OutsideKind;
  /** Name of the network device, or path of the socket. */
  readonly name: string;
}

export type OutsideKind = 'tap' | 'listen' | 'connect';

export interface Connection {
  close(): void;
}
