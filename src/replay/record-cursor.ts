/** Where a replay is in its recording. */
import type { Recorded, RecordKind, RecordOf } from '../recording/index.js';

/** Records about the programs' own calls: what the machine was asked for lies between them. */
const NATIVE: ReadonlySet<RecordKind> = new Set(['begin', 'end', 'path']);

export class RecordCursor {
  readonly #records: Iterator<Recorded>;
  readonly #passed: (record: Recorded) => void;
  #next: Recorded | undefined;
  #isRead = false;
  #position = 0;

  /**
   * @param records may end anywhere, as when the recorder was killed
   * @param passed told of each record when it lies behind, those about native calls included
   */
  constructor(records: Iterator<Recorded>, passed: (record: Recorded) => void = () => undefined) {
    this.#records = records;
    this.#passed = passed;
  }

  /** How many records lie behind. */
  get position(): number {
    return this.#position;
  }

  /** The record that comes next; undefined at the end. */
  peek(): Recorded | undefined {
    while (!this.#isRead) {
      const { value, done } = this.#records.next();
      this.#next = done === true ? undefined : value;
      this.#isRead = true;
      if (this.#next !== undefined && NATIVE.has(this.#next.kind)) this.skip();
    }
    return this.#next;
  }

  /** The record that comes next, if it is of this kind. */
  peekAt<Kind extends RecordKind>(kind: Kind): RecordOf<Kind> | undefined {
    const record = this.peek();
    return record?.kind === kind ? (record as RecordOf<Kind>) : undefined;
  }

  /** Goes on behind the next record. */
  skip(): void {
    if (this.#next === undefined) return;
    this.#passed(this.#next);
    this.#position += 1;
    this.#isRead = false;
  }
}
