/** All memory that devices of a machine share with clients, as a full recording has it. */
import type { MemoryObject } from '../kernel/memory-object.js';
import type { Recorder } from './recorder.js';
import { RecordedSharedMemory } from './recorded-shared-memory.js';

/** Whether two runs of bytes of the same length are equal; the fastest way there is. */
export type AreEqual = (one: Uint8Array, other: Uint8Array) => boolean;

export class SharedMemories {
  readonly #all: RecordedSharedMemory[] = [];

  /** Memory that is recorded instead of `outside`, which is what clients map. */
  record(recorder: Recorder, outside: MemoryObject, areEqual: AreEqual): RecordedSharedMemory {
    const number = this.#all.length + 1;
    const memory = new RecordedSharedMemory(recorder, number, outside, areEqual);
    this.#all.push(memory);
    return memory;
  }

  /** Devices see what clients have stored. Whether there was anything. */
  take(): boolean {
    let found = false;
    for (const memory of this.#all) if (memory.take()) found = true;
    return found;
  }

  /** Clients see what devices show. */
  show(): void {
    for (const memory of this.#all) memory.show();
  }
}
