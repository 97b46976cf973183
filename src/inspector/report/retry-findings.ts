/** Requests that fail, and are made again and again. */
import { errorName } from '../decode/constants.js';
import { requestOf } from '../requested.js';
import type { SessionCall } from '../session-call.js';
import { fileText } from '../trace/file-text.js';
import type { Detector, Finding } from './finding.js';

/** So many failures in a row are a loop. */
const LOOP = 10;

/** A request that failed: another question, or another answer, is no second try. */
interface Attempt {
  readonly error: string;
  readonly argument: number;
  readonly input: Uint8Array;
}

interface Failures {
  readonly text: string;
  last: Attempt;
  /** How often the last one has been made in a row; 0 when the request has succeeded since. */
  row: number;
  /** The longest row, and its error. */
  most: number;
  error: string;
}

export class RetryFindings implements Detector {
  /** By process, file and request. */
  readonly #failures = new Map<string, Failures>();

  call(call: SessionCall): void {
    // Most sessions have no failures: nothing has to be made for a call that succeeds.
    if (call.entered?.kind !== 'ioctl' || (call.result >= 0 && this.#failures.size === 0)) return;
    const key = `${call.pid} ${call.file?.number} ${call.entered.command}`;
    const failures = this.#failures.get(key);
    if (call.result < 0) this.#failed(call, key, failures);
    else if (failures !== undefined) failures.row = 0;
  }

  findings(): readonly Finding[] {
    const loops = [...this.#failures.values()].filter(({ most }) => most >= LOOP);
    return loops.map(({ text, error, most }) => ({
      kind: 'retry-loop',
      text: `${text} failed ${most} times in a row with ${error}, and was the same each time.`,
      advice:
        'Look at the error and give up, or remove its cause: the same call gives the same answer.',
    }));
  }

  #failed(call: SessionCall, key: string, before: Failures | undefined): void {
    const requested = requestOf(call);
    if (requested === undefined) return;
    const { name, request } = requested;
    const { argument } = request;
    const attempt = { error: errorName(call.result), argument, input: bytesOf(request.input) };
    if (before === undefined) {
      const text = call.file === undefined ? name : `${name} on ${fileText(call.file)}`;
      this.#failures.set(key, { text, last: attempt, row: 1, most: 1, error: attempt.error });
      return;
    }
    before.row = areSame(before.last, attempt) ? before.row + 1 : 1;
    before.last = attempt;
    if (before.row <= before.most) return;
    before.most = before.row;
    before.error = attempt.error;
  }
}

function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function areSame(one: Attempt, other: Attempt): boolean {
  if (one.error !== other.error || one.argument !== other.argument) return false;
  const { input } = other;
  return one.input.length === input.length && one.input.every((byte, i) => byte === input[i]);
}
