/** Compares what a machine does again with what it did. */
import type { Fields, Recorded, RecordKind, RecordSink } from '../recording/index.js';
import type { RecordCursor } from './record-cursor.js';

/** Where a replay first differs from its recording. */
export interface Difference {
  /** Records before it. */
  readonly position: number;
  /** What was recorded. */
  readonly expected: Recorded;
  /** What happened instead; undefined: nothing. */
  readonly got: Recorded | undefined;
  /** The field that differs, of records of the same kind. */
  readonly field: string | undefined;
}

export class Comparison implements RecordSink {
  readonly #cursor: RecordCursor;
  #difference: Difference | undefined;

  constructor(cursor: RecordCursor) {
    this.#cursor = cursor;
  }

  get difference(): Difference | undefined {
    return this.#difference;
  }

  /** The machine has done something. What it does behind the recording's end nobody knows better. */
  write<Kind extends RecordKind>(kind: Kind, values: Fields<Kind>): void {
    if (this.#difference !== undefined) return;
    const expected = this.#cursor.peek();
    if (expected === undefined) return;
    const got = { kind, ...values } as Recorded;
    const field = expected.kind === kind ? differingField(expected, got) : undefined;
    if (expected.kind === kind && field === undefined) this.#cursor.skip();
    else this.#differs(expected, got, field);
  }

  /** The machine has not done what comes next. */
  missed(): void {
    const expected = this.#cursor.peek();
    if (expected !== undefined) this.#differs(expected, undefined, undefined);
  }

  #differs(expected: Recorded, got: Recorded | undefined, field: string | undefined): void {
    const { position } = this.#cursor;
    this.#difference ??= { position, expected, got, field };
  }
}

function differingField(expected: Recorded, got: Recorded): string | undefined {
  const values = new Map<string, unknown>(Object.entries(got));
  for (const [name, value] of Object.entries(expected)) {
    if (!isSame(value, values.get(name), expected)) return name;
  }
  return undefined;
}

function isSame(one: unknown, other: unknown, record: Recorded): boolean {
  if (one instanceof Uint8Array && other instanceof Uint8Array) {
    return one.length === other.length && one.every((byte, index) => byte === other[index]);
  }
  // Where in its files a model failed differs between computers.
  if (record.kind === 'log' && record.level === 'defect')
    return firstLine(one) === firstLine(other);
  return one === other;
}

function firstLine(value: unknown): string | undefined {
  return String(value).split('\n')[0];
}
