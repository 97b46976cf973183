/** Memory of a recorded program: it has what was read from it, and keeps nothing. */
import type { PinnedPages, UserMemory } from '../kernel/user-memory.js';
import type { RecordCursor } from './record-cursor.js';

export class ReplayedMemory implements UserMemory {
  lockedPages = 0;
  readonly #cursor: RecordCursor;

  constructor(cursor: RecordCursor) {
    this.#cursor = cursor;
  }

  read(_address: number, target: Uint8Array): boolean {
    const record = this.#cursor.peekAt('userRead');
    if (record?.isOk !== true || record.bytes.length !== target.length) return false;
    target.set(record.bytes);
    return true;
  }

  write(_address: number, _source: Uint8Array): boolean {
    return this.#cursor.peekAt('userWrite')?.isOk ?? false;
  }

  pin(_address: number, _length: number, _isWritable: boolean): PinnedPages | undefined {
    const countedPages = this.#cursor.peekAt('pin')?.counted ?? -1;
    return countedPages < 0 ? undefined : { countedPages };
  }

  mlockedPages(): number {
    return this.#cursor.peekAt('mlocked')?.pages ?? 0;
  }
}
