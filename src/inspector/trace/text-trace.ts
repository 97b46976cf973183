/** A session as lines of text, as it happens. */
import type { Colors } from 'picocolors/types.js';
import { durationText } from '../decode/quantities.js';
import { RegisterNames } from '../decode/register-names.js';
import type { SessionCall } from '../session-call.js';
import type { SessionDevice, SessionListener } from '../session.js';
import type { SessionEvent } from '../session-event.js';
import { callText } from './call-text.js';
import { type EventText, eventText, joined } from './event-text.js';
import type { TraceFilter } from './filter.js';

export interface TextTraceOptions {
  readonly devices: ReadonlyMap<string, SessionDevice>;
  readonly filter: TraceFilter;
  readonly colors: Colors;
  readonly write: (line: string) => void;
}

/** Events stand under the call that caused them. */
const INDENT = '        ';

export class TextTrace implements SessionListener {
  readonly #registers: RegisterNames;
  readonly #filter: TraceFilter;
  readonly #colors: Colors;
  readonly #write: (line: string) => void;

  constructor({ devices, filter, colors, write }: TextTraceOptions) {
    this.#registers = new RegisterNames(devices);
    this.#filter = filter;
    this.#colors = colors;
    this.#write = write;
  }

  call(call: SessionCall): void {
    if (this.#filter.wantsCall(call)) this.#writeCall(call);
    let last: EventText | undefined;
    for (const event of call.events) {
      const text = this.#wanted(event, call);
      if (text === undefined) continue;
      const both = last && joined(last, text);
      if (last !== undefined && both === undefined) this.#writeEvent(last);
      last = both ?? text;
    }
    if (last !== undefined) this.#writeEvent(last);
  }

  event(event: SessionEvent): void {
    const text = this.#wanted(event);
    if (text !== undefined) this.#writeEvent(text);
  }

  #wanted(event: SessionEvent, call?: SessionCall): EventText | undefined {
    const text = eventText(event, this.#registers, call);
    return text !== undefined && this.#filter.wantsEvent(text) ? text : undefined;
  }

  #writeCall(call: SessionCall): void {
    const { bold, cyan, dim, green, red } = this.#colors;
    const text = callText(call, this.#registers);
    const who = call.pid === call.tid ? `${call.pid}` : `${call.pid}/${call.tid}`;
    if (text.name === 'release') {
      this.#write(dim(`${INDENT}${text.arguments} released`));
      return;
    }
    const result = text.isError ? red(text.result) : green(text.result);
    const took = dim(`<${durationText(call.endUs - call.startUs)}>`);
    this.#write(
      `${dim(`[${who}]`)} ${bold(cyan(text.name))}(${text.arguments}) = ${result} ${took}`,
    );
  }

  #writeEvent({ device, text, topic, isFault }: EventText): void {
    const { red, yellow, magenta, dim } = this.#colors;
    const color = isFault ? red : topic === 'activity' ? magenta : topic === 'dma' ? dim : yellow;
    const about = device === undefined ? '' : `${device} `;
    this.#write(`${INDENT}${dim(about)}${color(text)}`);
  }
}
