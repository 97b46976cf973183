/** What was outside of a recorded machine's networks, and does again what it did. */
import { NetworkError } from '../net/network-error.js';
import type { FrameReceiver, NetworkPort } from '../net/network-port.js';
import type { CaptureSource, NetworkSurroundings } from '../net/surroundings.js';
import type { Recorded } from '../recording/index.js';
import type { RecordCursor } from './record-cursor.js';

export class ReplayedSurroundings {
  /** Nothing is written, and nobody is told. */
  readonly surroundings: NetworkSurroundings;
  readonly #cursor: RecordCursor;
  readonly #ports = new Map<number, ReplayedEnd>();

  constructor(cursor: RecordCursor) {
    this.#cursor = cursor;
    this.surroundings = {
      wallClockMs: () => 0,
      notice: () => undefined,
      createCapture: () => ({ write: () => undefined, close: () => undefined }),
      openCapture: () => new ReplayedCapture(cursor),
      connect: (port) => {
        const number = this.#ports.size + 1;
        const end = new ReplayedEnd(cursor, number, port);
        this.#ports.set(number, end);
        end.act();
        return { close: () => end.act() };
      },
    };
  }

  /** Does what the next record says, if somebody outside did it. Whether it was so. */
  act(): boolean {
    const number = portOf(this.#cursor.peek());
    const end = number === undefined ? undefined : this.#ports.get(number);
    return end?.act() ?? false;
  }
}

/** The port that somebody outside does something to. */
function portOf(record: Recorded | undefined): number | undefined {
  switch (record?.kind) {
    case 'portAttach':
    case 'portSend':
    case 'portFlush':
    case 'portAsk':
    case 'portReady':
    case 'portCarrier':
    case 'portClose':
      return record.port;
    default:
      return undefined;
  }
}

/** Somebody outside, at one port. */
class ReplayedEnd implements FrameReceiver {
  readonly #cursor: RecordCursor;
  readonly #number: number;
  readonly #port: NetworkPort;

  constructor(cursor: RecordCursor, number: number, port: NetworkPort) {
    this.#cursor = cursor;
    this.#number = number;
    this.#port = port;
  }

  /** Does what comes next, as long as it is done here. Whether there was anything. */
  act(): boolean {
    const before = this.#cursor.position;
    for (;;) {
      const record = this.#cursor.peek();
      const { position } = this.#cursor;
      if (portOf(record) === this.#number) this.#step(record);
      if (this.#cursor.position === position) return position !== before;
    }
  }

  #step(record: Recorded | undefined): void {
    const port = this.#port;
    switch (record?.kind) {
      case 'portAttach':
        port.attach(this);
        return;
      case 'portSend':
        port.send(record.bytes);
        return;
      case 'portFlush':
        port.flush();
        return;
      case 'portAsk':
        void port.isPeerReady;
        return;
      case 'portReady':
        port.readyToReceive();
        return;
      case 'portCarrier':
        port.setCarrier(record.isOn);
        return;
      case 'portClose':
        port.close();
        return;
      default:
    }
  }

  receive(): boolean {
    this.act();
    return this.#cursor.peekAt('portTake')?.isTaken ?? false;
  }

  canReceive(): boolean {
    return this.#cursor.peekAt('portCanTake')?.answer ?? false;
  }

  flush(): void {
    this.act();
  }

  writable(): void {
    this.act();
  }

  linkChanged(): void {
    this.act();
  }
}

class ReplayedCapture implements CaptureSource {
  readonly #cursor: RecordCursor;

  constructor(cursor: RecordCursor) {
    this.#cursor = cursor;
  }

  read(target: Uint8Array): number {
    const record = this.#cursor.peekAt('captureRead');
    if (record === undefined) return 0;
    if (record.failure !== '') throw new NetworkError(record.failure);
    target.set(record.bytes.subarray(0, target.length));
    return Math.min(record.bytes.length, target.length);
  }

  close(): void {}
}
