/** What was outside of a recorded machine's networks, and does again what it did. */
import type { Timer, Timers } from '../kernel/timers.js';
import { NetworkError } from '../net/network-error.js';
import type { FrameReceiver, NetworkPort } from '../net/network-port.js';
import type { CaptureSource, NetworkSurroundings } from '../net/surroundings.js';
import type { Recorded, RecordOf } from '../recording/index.js';
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
      connect: (port, _end, { timers }) => {
        const number = this.#ports.size + 1;
        const end = new ReplayedEnd(cursor, number, port, timers);
        this.#ports.set(number, end);
        end.act(false);
        return { close: () => end.act(false) };
      },
    };
  }

  /** Does what the next record says, if somebody outside did it. Whether it was so. */
  act(): boolean {
    const record = doneOutside(this.#cursor.peek());
    return record !== undefined && this.#ports.get(record.port)?.act(false) === true;
  }
}

/** A record of something that somebody outside does to a port. */
type DoneOutside = RecordOf<
  | 'portAttach'
  | 'portSend'
  | 'portDiscard'
  | 'portFlush'
  | 'portAsk'
  | 'portReady'
  | 'portCarrier'
  | 'portModes'
  | 'portClose'
  | 'outsideTimer'
  | 'outsideTimerEnd'
>;

function doneOutside(record: Recorded | undefined): DoneOutside | undefined {
  return record !== undefined && 'isAnswer' in record ? record : undefined;
}

/** Somebody outside, at one port. */
class ReplayedEnd implements FrameReceiver {
  readonly #cursor: RecordCursor;
  readonly #number: number;
  readonly #port: NetworkPort;
  readonly #timers: Timers;
  readonly #set = new Map<number, Timer>();

  constructor(cursor: RecordCursor, number: number, port: NetworkPort, timers: Timers) {
    this.#cursor = cursor;
    this.#number = number;
    this.#port = port;
    this.#timers = timers;
  }

  /**
   * Does what comes next, as long as it is done at this port.
   * @param isAnswer whether it is done while the machine gives something
   * @returns whether there was anything
   */
  act(isAnswer: boolean): boolean {
    const before = this.#cursor.position;
    for (;;) {
      const { position } = this.#cursor;
      const record = doneOutside(this.#cursor.peek());
      if (record?.port === this.#number && record.isAnswer === isAnswer) this.#step(record);
      if (this.#cursor.position === position) return position !== before;
    }
  }

  #step(record: DoneOutside): void {
    const port = this.#port;
    switch (record.kind) {
      case 'portAttach':
        port.attach(this);
        return;
      case 'portSend':
        port.send(record.bytes);
        return;
      case 'portDiscard':
        port.discard();
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
      case 'portModes':
        port.setModes(record.modes);
        return;
      case 'portClose':
        port.close();
        return;
      case 'outsideTimer': {
        const timer = this.#timers.set(record.delayMs, () => this.act(true));
        this.#set.set(record.timer, timer);
        return;
      }
      case 'outsideTimerEnd':
        this.#set.get(record.timer)?.cancel();
    }
  }

  receive(): boolean {
    this.act(true);
    return this.#cursor.peekAt('portTake')?.isTaken ?? false;
  }

  canReceive(): boolean {
    this.act(true);
    return this.#cursor.peekAt('portCanTake')?.answer ?? false;
  }

  flush(): void {
    this.act(true);
  }

  writable(): void {
    this.act(true);
  }

  linkChanged(): void {
    this.act(true);
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
