/** The memory of a program, with what the machine does to it written down. */
import type { PinnedPages, UserMemory } from '../kernel/user-memory.js';
import type { Recorder } from './recorder.js';

export class RecordedMemory implements UserMemory {
  readonly number: number;
  readonly #recorder: Recorder;
  readonly #memory: UserMemory;

  constructor(recorder: Recorder, memory: UserMemory) {
    this.#recorder = recorder;
    this.#memory = memory;
    this.number = recorder.memories.of(this);
  }

  get lockedPages(): number {
    return this.#memory.lockedPages;
  }

  set lockedPages(pages: number) {
    this.#memory.lockedPages = pages;
  }

  read(address: number, target: Uint8Array): boolean {
    const isOk = this.#memory.read(address, target);
    this.#recorder.write('userRead', {
      memory: this.number,
      address,
      length: target.length,
      isOk,
      bytes: isOk ? this.#recorder.needed(target) : NO_BYTES,
    });
    return isOk;
  }

  write(address: number, source: Uint8Array): boolean {
    const isOk = this.#memory.write(address, source);
    this.#recorder.write('userWrite', {
      memory: this.number,
      address,
      length: source.length,
      isOk,
      bytes: isOk ? this.#recorder.cut(source) : NO_BYTES,
      rest: isOk ? this.#recorder.rest(source) : 0,
    });
    return isOk;
  }

  pin(address: number, length: number, writable: boolean): PinnedPages | undefined {
    const pinned = this.#memory.pin(address, length, writable);
    const counted = pinned?.countedPages ?? -1;
    const memory = this.number;
    this.#recorder.write('pin', { memory, address, length, isWritable: writable, counted });
    return pinned;
  }

  mlockedPages(): number {
    const pages = this.#memory.mlockedPages?.() ?? 0;
    this.#recorder.write('mlocked', { memory: this.number, pages });
    return pages;
  }
}

const NO_BYTES = new Uint8Array(0);
