/** A session as JSON, a line for each call and event. */
import { RegisterNames } from '../decode/register-names.js';
import type { SessionCall } from '../session-call.js';
import type { SessionDevice, SessionListener } from '../session.js';
import type { SessionEvent } from '../session-event.js';
import { callValue } from './call-value.js';
import { eventText } from './event-text.js';
import type { TraceFilter } from './filter.js';

export interface JsonTraceOptions {
  readonly devices: ReadonlyMap<string, SessionDevice>;
  readonly filter: TraceFilter;
  readonly write: (line: string) => void;
}

export class JsonTrace implements SessionListener {
  readonly #registers: RegisterNames;
  readonly #filter: TraceFilter;
  readonly #write: (line: string) => void;

  constructor({ devices, filter, write }: JsonTraceOptions) {
    this.#registers = new RegisterNames(devices);
    this.#filter = filter;
    this.#write = write;
  }

  call(call: SessionCall): void {
    if (this.#filter.wantsCall(call)) {
      this.#write(JSON.stringify(callValue(call, this.#registers), plainValue));
    }
    for (const event of call.events) this.#event(event, call.startUs, call);
  }

  event(event: SessionEvent, us: number): void {
    this.#event(event, us, undefined);
  }

  #event(event: SessionEvent, us: number, call: SessionCall | undefined): void {
    const text = eventText(event, this.#registers, call);
    if (text === undefined || !this.#filter.wantsEvent(text)) return;
    const { kind, ...fields } = event;
    const value = { event: kind, us, ...fields, text: text.text };
    this.#write(JSON.stringify(value, plainValue));
  }
}

/** Bytes and 64-bit numbers as hexadecimal text. */
function plainValue(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `0x${value.toString(16)}`;
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}
