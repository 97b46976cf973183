/** An end of a network outside of the machine: what it does to its port, and what the machine gives it. */
import { KernelLog } from '../kernel/log.js';
import type { Timers } from '../kernel/timers.js';
import type { FrameReceiver, Link, NetworkPort, PortStatistics } from '../net/network-port.js';
import type { NetworksPlace } from '../net/networks.js';
import { digest } from './digest.js';
import type { Recorder } from './recorder.js';

/** Whether the machine is just giving something to somebody outside. */
interface Giving {
  depth: number;
}

export class RecordedEnd {
  readonly port: NetworkPort;
  readonly place: NetworksPlace;
  readonly #recorder: Recorder;
  readonly #number: number;
  readonly #giving: Giving = { depth: 0 };
  #timers = 0;

  constructor(recorder: Recorder, number: number, port: NetworkPort, place: NetworksPlace) {
    this.#recorder = recorder;
    this.#number = number;
    this.port = new RecordedPort(recorder, number, port, this.#giving);
    this.place = { timers: this.#timersOf(place.timers), log: this.#logOf(place.log) };
  }

  /** Timers of the machine's that somebody outside sets. */
  #timersOf(timers: Timers): Timers {
    const recorder = this.#recorder;
    const giving = this.#giving;
    const about = () => ({ port: this.#number, isAnswer: giving.depth > 0 });
    return {
      get nowMs() {
        return timers.nowMs;
      },
      set: (delayMs, callback) => {
        const number = ++this.#timers;
        recorder.enter('outsideTimer', { ...about(), timer: number, delayMs });
        const timer = timers.set(delayMs, () => give(giving, callback));
        return {
          cancel: () => {
            recorder.enter('outsideTimerEnd', { ...about(), timer: number });
            timer.cancel();
          },
        };
      },
    };
  }

  /** What somebody outside says is for people: a replay does not say it again. */
  #logOf(log: KernelLog): KernelLog {
    const outside = new KernelLog();
    outside.subscribe(({ level, text }) => {
      this.#recorder.withoutLog(() => {
        if (level === 'info') log.info(text);
        else if (level === 'warning') log.warning(text);
        else log.error(text);
      });
    });
    return outside;
  }
}

function give<T>(giving: Giving, act: () => T): T {
  giving.depth += 1;
  try {
    return act();
  } finally {
    giving.depth -= 1;
  }
}

/** A port, as somebody outside of the machine has it. */
class RecordedPort implements NetworkPort {
  readonly #recorder: Recorder;
  readonly #number: number;
  readonly #port: NetworkPort;
  readonly #giving: Giving;

  constructor(recorder: Recorder, number: number, port: NetworkPort, giving: Giving) {
    this.#recorder = recorder;
    this.#number = number;
    this.#port = port;
    this.#giving = giving;
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
    this.#port.attach(new RecordedReceiver(this.#recorder, this.#number, receiver, this.#giving));
  }

  send(frame: Uint8Array): boolean {
    this.#recorder.enter('portSend', { ...this.#about, bytes: frame });
    return this.#port.send(frame);
  }

  discard(): void {
    this.#enter('portDiscard');
    this.#port.discard();
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
    this.#recorder.enter('portCarrier', { ...this.#about, isOn });
    this.#port.setCarrier(isOn);
  }

  setModes(modes: number): void {
    this.#recorder.enter('portModes', { ...this.#about, modes });
    this.#port.setModes(modes);
  }

  close(): void {
    this.#enter('portClose');
    this.#port.close();
  }

  #enter(
    kind: 'portAsk' | 'portAttach' | 'portDiscard' | 'portFlush' | 'portReady' | 'portClose',
  ): void {
    this.#recorder.enter(kind, this.#about);
  }

  get #about() {
    return { port: this.#number, isAnswer: this.#giving.depth > 0 };
  }
}

/** Who is behind such a port. */
class RecordedReceiver implements FrameReceiver {
  readonly #recorder: Recorder;
  readonly #port: number;
  readonly #receiver: FrameReceiver;
  readonly #giving: Giving;

  constructor(recorder: Recorder, port: number, receiver: FrameReceiver, giving: Giving) {
    this.#recorder = recorder;
    this.#port = port;
    this.#receiver = receiver;
    this.#giving = giving;
  }

  receive(frame: Uint8Array): boolean {
    const { length } = frame;
    const rest = digest(frame);
    const isTaken = this.#give((receiver) => receiver.receive(frame));
    this.#recorder.write('portTake', { port: this.#port, length, rest, isTaken });
    return isTaken;
  }

  flush(): void {
    this.#give((receiver) => receiver.flush?.());
  }

  canReceive(): boolean {
    const answer = this.#give((receiver) => receiver.canReceive?.() ?? true);
    this.#recorder.write('portCanTake', { port: this.#port, answer });
    return answer;
  }

  writable(): void {
    this.#give((receiver) => receiver.writable?.());
  }

  linkChanged(link: Link): void {
    this.#give((receiver) => receiver.linkChanged?.(link));
  }

  #give<T>(act: (receiver: FrameReceiver) => T): T {
    return give(this.#giving, () => act(this.#receiver));
  }
}
