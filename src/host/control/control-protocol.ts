/**
 * Lines of JSON on the control socket of a run; `docs/control.md` is the documentation. The run speaks
 * first, with a `Greeting`; then each request is answered by events, if there are any, and one result
 * or error.
 */
import type { ControlEvent } from '../../machine/control/controller.js';

/** Goes up when a program written for the one before would no longer understand. */
export const CONTROL_PROTOCOL = 1;

/** A run, as it presents itself. */
export interface About {
  /** The process of uvfio, by which the run is chosen. */
  readonly pid: number;
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** ISO 8601. */
  readonly started: string;
}

/** The first line. */
export interface Greeting {
  readonly uvfio: About;
  readonly protocol: number;
}

/** A line from the client. `id` is any JSON value, and comes back with everything that belongs to it. */
export interface RequestLine {
  readonly id: unknown;
  readonly method: unknown;
  readonly params?: unknown;
}

/** A line from the run. */
export type ReplyLine =
  | { readonly id: unknown; readonly event: ControlEvent }
  | { readonly id: unknown; readonly result: unknown }
  | { readonly id: unknown; readonly error: { readonly code: string; readonly message: string } };

/** What was asked could not be done; the message says why. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Cuts what comes in pieces into lines. One that is too long ends the reading with `onOverflow`. */
export function lineReader(onLine: (line: string) => void, onOverflow: () => void) {
  let rest = '';
  return (piece: string): void => {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LONGEST_LINE) {
      rest = '';
      onOverflow();
      return;
    }
    for (const line of lines) if (line.trim() !== '') onLine(line);
  };
}

const LONGEST_LINE = 1024 * 1024;
