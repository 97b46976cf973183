/** What is outside of a machine's networks, with what comes from there and goes there written down. */
import { NetworkError } from '../net/network-error.js';
import type { FrameReceiver, Link, NetworkPort, PortStatistics } from '../net/network-port.js';
import type { CaptureSource, NetworkSurroundings } from '../net/surroundings.js';
import { digest } from './digest.js';
import type { Recorder } from './recorder.js';

/** Surroundings that do what `surroundings` do, and record it. */
export function recordedSurroundings(
  recorder: Recorder,
  surroundings: NetworkSurroundings,
): NetworkSurroundings {
  const { openCapture, connect } = surroundings;
  let ports = 0;
  let captures = 0;
  return {
    ...surroundings,
    ...(openCapture && {
      openCapture: (file) => new RecordedCapture(recorder, ++captures, openCapture(file)),
    }),
    ...(connect && {
      connect: (port, end, place) => connect(new RecordedPort(recorder, ++ports, port), end, place),
    }),
  };
}

/** A port, as somebody outside of the machine has it. */
export class RecordedPort implements NetworkPort {
  readonly number: number;
  readonly #recorder: Recorder;
  readonly #port: NetworkPort;

  constructor(recorder: Recorder, number: number, port: NetworkPort) {
    this.#recorder = recorder;
    this.number = number;
    this.#port = port;
  }

  get name(): string {
    return this.#port.name;
  }

  get link(): Link {
    return this.#port.link;
  }

  get statistics(): PortStatistics {
    return this.#port.statistics;
  }

  /** Whoever is told no is called back later, so this is more than a question. */
  get isPeerReady(): boolean {
    this.#enter('portAsk');
    return this.#port.isPeerReady;
  }

  attach(receiver: FrameReceiver): void {
    this.#enter('portAttach');
    this.#port.attach(new RecordedReceiver(this.#recorder, this.number, receiver));
  }

  send(frame: Uint8Array): boolean {
    this.#recorder.enter('portSend', { port: this.number, bytes: frame });
    return this.#port.send(frame);
  }

  flush(): void {
    this.#enter('portFlush');
    this.#port.flush();
  }

  readyToReceive(): void {
    this.#enter('portReady');
    this.#port.readyToReceive();
  }

  setCarrier(isOn: boolean): void {
    this.#recorder.enter('portCarrier', { port: this.number, isOn });
    this.#port.setCarrier(isOn);
  }

  close(): void {
    this.#enter('portClose');
    this.#port.close();
  }

  #enter(kind: 'portAsk' | 'portAttach' | 'portFlush' | 'portReady' | 'portClose'): void {
    this.#recorder.enter(kind, { port: this.number });
  }
}

/** Who is behind such a port. */
class RecordedReceiver implements FrameReceiver {
  readonly #recorder: Recorder;
  readonly #port: number;
  readonly #receiver: FrameReceiver;

  constructor(recorder: Recorder, port: number, receiver: FrameReceiver) {
    this.#recorder = recorder;
    this.#port = port;
    this.#receiver = receiver;
  }

  receive(frame: Uint8Array): boolean {
    const { length } = frame;
    const rest = digest(frame);
    const isTaken = this.#receiver.receive(frame);
    this.#recorder.write('portTake', { port: this.#port, length, rest, isTaken });
    return isTaken;
  }

  flush(): void {
    this.#receiver.flush?.();
  }

  canReceive(): boolean {
    const answer = this.#receiver.canReceive?.() ?? true;
    this.#recorder.write('portCanTake', { port: this.#port, answer });
    return answer;
  }

  writable(): void {
    this.#receiver.writable?.();
  }

  linkChanged(link: Link): void {
    this.#receiver.linkChanged?.(link);
  }
}

class RecordedCapture implements CaptureSource {
  readonly #recorder: Recorder;
  readonly #number: number;
  readonly #source: CaptureSource;

  constructor(recorder: Recorder, number: number, source: CaptureSource) {
    this.#recorder = recorder;
    this.#number = number;
    this.#source = source;
  }

  read(target: Uint8Array): number {
    const write = (failure: string, bytes: Uint8Array): void =>
      this.#recorder.write('captureRead', { capture: this.#number, failure, bytes });
    try {
      const count = this.#source.read(target);
      write('', target.subarray(0, count));
      return count;
    } catch (error) {
      if (error instanceof NetworkError) write(error.message, target.subarray(0, 0));
      throw error;
    }
  }

  close(): void {
    this.#source.close();
  }
}
