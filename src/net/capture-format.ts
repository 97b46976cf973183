/** What a capture file's format has to say how to write. */

export interface CapturedFrame {
  /** Index of the port that sent it, in the order of `CaptureFormat.port`. */
  readonly port: number;
  readonly seconds: number;
  readonly nanoseconds: number;
  /** What is kept of it. */
  readonly bytes: Uint8Array;
  readonly originalLength: number;
}

/** What is known of a port at the end. */
export interface PortSummary {
  readonly port: number;
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly sentFrames: number;
  readonly droppedFrames: number;
}

export interface CaptureFormat {
  /** Bytes that a record has at most beside the frame's own. */
  readonly overheadBytes: number;
  /** What the file begins with. */
  start(snapLength: number): Uint8Array;
  /** What comes before the first frame of a port. */
  port(name: string, snapLength: number): Uint8Array;
  /** Writes a record. @returns its length */
  record(view: DataView, at: number, frame: CapturedFrame): number;
  /** What comes at the end. */
  end(ports: readonly PortSummary[]): Uint8Array;
}
