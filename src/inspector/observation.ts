/** Looks at a session while it goes on: reads its records and tells those who listen. */
import { ByteReader, type Recorded, readRecord } from '../recording/index.js';
import type { SessionCall } from './session-call.js';
import { Session, type SessionDevice, type SessionListener } from './session.js';

export class Observation {
  readonly #reader = new ByteReader();
  readonly #listeners: SessionListener[] = [];
  readonly #session = new Session(this.#listeners);

  /** The devices there are. */
  get devices(): ReadonlyMap<string, SessionDevice> {
    return this.#session.devices;
  }

  /** The call that is being handled, as far as it is known. */
  get current(): SessionCall | undefined {
    return this.#session.current;
  }

  add(listener: SessionListener): void {
    this.#listeners.push(listener);
  }

  /** Takes the next batch of records. @throws RecordingError */
  take(batch: Uint8Array): void {
    this.#reader.open(batch);
    while (!this.#reader.isAtEnd) this.see(readRecord(this.#reader));
  }

  /** Takes the next record. */
  see(record: Recorded): void {
    this.#session.add(record);
  }
}
