/** Looks at a session while it goes on: reads its records and tells those who listen. */
import { ByteReader, readRecord } from '../recording/index.js';
import { Session, type SessionDevice, type SessionListener } from './session.js';

export class Observation {
  readonly #reader = new ByteReader();
  readonly #listeners: SessionListener[] = [];
  readonly #session = new Session(this.#listeners);

  /** The devices there are. */
  get devices(): ReadonlyMap<string, SessionDevice> {
    return this.#session.devices;
  }

  add(listener: SessionListener): void {
    this.#listeners.push(listener);
  }

  /** Takes the next batch of records. @throws RecordingError */
  take(batch: Uint8Array): void {
    this.#reader.open(batch);
    while (!this.#reader.isAtEnd) this.#session.add(readRecord(this.#reader));
  }
}
