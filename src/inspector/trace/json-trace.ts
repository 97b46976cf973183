/** A session as JSON, a line for each call and event. */
import { RegisterNames } from '../decode/register-names.js';
import { inputFields, type NamedText, outputFields } from '../decode/request-fields.js';
import { errorName } from '../decode/constants.js';
import type { SessionCall } from '../session-call.js';
import type { SessionDevice, SessionListener } from '../session.js';
import type { SessionEvent } from '../session-event.js';
import { callText, requestOf } from './call-text.js';
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
    if (this.#filter.wantsCall(call)) this.#write(JSON.stringify(this.#callValue(call)));
    for (const event of call.events) this.event(event, call.startUs);
  }

  event(event: SessionEvent, us: number): void {
    const text = eventText(event, this.#registers);
    if (text === undefined || !this.#filter.wantsEvent(text)) return;
    const { kind, ...fields } = event;
    const value = { event: kind, us, ...fields, text: text.text };
    this.#write(JSON.stringify(value, plainValue));
  }

  #callValue(call: SessionCall): object {
    const { pid, tid, startUs, endUs, file, path, result, fd } = call;
    const text = callText(call, this.#registers);
    const decoded = requestOf(call);
    return {
      call: text.name,
      pid,
      tid,
      us: startUs,
      durationUs: endUs - startUs,
      ...(path === undefined ? {} : { path }),
      ...(file === undefined ? {} : { file: file.label }),
      ...(file?.device === undefined ? {} : { device: file.device }),
      ...(decoded === undefined
        ? {}
        : {
            request: decoded.name,
            in: objectOf(inputFields(decoded.name, decoded.request)),
            ...(result < 0 ? {} : { out: objectOf(outputFields(decoded.name, decoded.request)) }),
          }),
      arguments: text.arguments,
      result: fd ?? result,
      ...(result < 0 ? { error: errorName(result) } : {}),
    };
  }
}

function objectOf(fields: readonly NamedText[]): object {
  return Object.fromEntries(fields.map(([name, text]) => [name === '' ? 'value' : name, text]));
}

/** Bytes and 64-bit numbers as hexadecimal text. */
function plainValue(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `0x${value.toString(16)}`;
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}
