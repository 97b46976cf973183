/** Looks at a session as the options of a command say. */
import colors from 'picocolors';
import type { RecordingOptions } from '../host/run-program.js';
import { LineOutput } from '../inspector/line-output.js';
import { Observation } from '../inspector/observation.js';
import { TraceFilter } from '../inspector/trace/filter.js';
import { JsonTrace } from '../inspector/trace/json-trace.js';
import { Summary } from '../inspector/trace/summary.js';
import { TextTrace } from '../inspector/trace/text-trace.js';
import type { WatchFlags } from './watch-options.js';

export class Watch {
  /** For the run that is looked at; undefined when nothing is to be looked at. */
  readonly recording: RecordingOptions | undefined;
  readonly #observation = new Observation();
  readonly #output: LineOutput;
  readonly #summary: Summary | undefined;

  /** @throws OutputError when a file can't be written */
  constructor(flags: WatchFlags) {
    const { trace } = flags;
    this.#output = new LineOutput(typeof trace === 'string' ? trace : undefined);
    const filter = new TraceFilter({
      ...(flags.only === undefined ? {} : { topics: flags.only }),
      ...(flags.on === undefined ? {} : { devices: flags.on }),
      errorsOnly: flags.errors === true,
      allPaths: flags.allPaths === true,
    });
    if (flags.summary === true) {
      this.#summary = new Summary(filter);
      this.#observation.add(this.#summary);
    } else if (trace !== undefined) {
      const { devices } = this.#observation;
      const { write } = this.#output;
      const isColored = trace === true && process.stderr.isTTY && colors.isColorSupported;
      this.#observation.add(
        flags.json === true
          ? new JsonTrace({ devices, filter, write })
          : new TextTrace({ devices, filter, write, colors: colors.createColors(isColored) }),
      );
    }
    if (trace === undefined && this.#summary === undefined) return;
    this.recording = { isFull: false, onRecords: (batch) => this.#take(batch) };
  }

  /** The session is over. */
  end(): void {
    for (const line of this.#summary?.lines() ?? []) this.#output.write(line);
    this.#output.close();
  }

  #take(batch: Uint8Array): void {
    this.#observation.take(batch);
    this.#output.flush();
  }
}
