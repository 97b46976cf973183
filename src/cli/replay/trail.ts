/** What was going on when a replay came to where it is. */
import { Observation } from '../../inspector/observation.js';
import { RegisterNames } from '../../inspector/decode/register-names.js';
import { callText } from '../../inspector/trace/call-text.js';
import { TraceFilter } from '../../inspector/trace/filter.js';
import { TextTrace } from '../../inspector/trace/text-trace.js';
import type { Recorded } from '../../recording/index.js';
import { colorsFor } from '../colors.js';

/** So many lines of a trace say where one is. */
const LINES = 4;

export class Trail {
  readonly #observation = new Observation();
  readonly #lines: string[] = [];

  constructor() {
    const { devices } = this.#observation;
    const filter = new TraceFilter({ errorsOnly: false, allPaths: false });
    const write = (line: string): void => {
      this.#lines.push(line);
      if (this.#lines.length > LINES) this.#lines.shift();
    };
    this.#observation.add(new TextTrace({ devices, filter, write, colors: colorsFor({}) }));
  }

  add(record: Recorded): void {
    this.#observation.see(record);
  }

  /** The end of the trace so far. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** What the call that has not ended is, as far as it is known. */
  get current(): string | undefined {
    const call = this.#observation.current;
    if (call === undefined) return undefined;
    // What it will come to is not known: no more than if it had failed.
    const unfinished = { ...call, result: -1 };
    const text = callText(unfinished, new RegisterNames(this.#observation.devices));
    return `${text.name}(${text.arguments}) of ${call.comm} (${call.pid})`;
  }
}
