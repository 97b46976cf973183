/** Looks at a session as the options of a command say. */
import type { Colors } from 'picocolors/types.js';
import type { RecordingOptions } from '../host/run-program.js';
import { LineOutput } from '../inspector/line-output.js';
import { Observation } from '../inspector/observation.js';
import { Report, type ReportOptions } from '../inspector/report/report.js';
import { reportJson, reportLines } from '../inspector/report/report-text.js';
import { TraceFilter } from '../inspector/trace/filter.js';
import { JsonTrace } from '../inspector/trace/json-trace.js';
import { Summary } from '../inspector/trace/summary.js';
import { TextTrace } from '../inspector/trace/text-trace.js';
import type { Recorded } from '../recording/index.js';
import { colorsFor } from './colors.js';
import { RecordingOutput } from './recording-output.js';
import type { WatchFlags } from './watch-options.js';

export class Watch {
  /** For the run that is looked at; undefined when nothing is to be looked at. */
  readonly recording: RecordingOptions | undefined;
  readonly #observation = new Observation();
  readonly #output: LineOutput;
  readonly #summary: Summary | undefined;
  readonly #report: Report | undefined;
  readonly #flags: WatchFlags;
  readonly #file: RecordingOutput | undefined;
  /** Whether somebody reads along. */
  readonly #isWatched: boolean;

  /**
   * @param program the program that is looked at, with its arguments
   * @throws OutputError, RecordingError when a file can't be written
   */
  constructor(flags: WatchFlags, program: readonly string[]) {
    const { trace } = flags;
    this.#flags = flags;
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
      this.#observation.add(
        flags.json === true
          ? new JsonTrace({ devices, filter, write })
          : new TextTrace({ devices, filter, write, colors: this.#colors }),
      );
    }
    if (flags.report === true || flags.strict === true) {
      this.#report = new Report();
      this.#observation.add(this.#report);
    }
    this.#isWatched = trace !== undefined || flags.summary === true || this.#report !== undefined;
    const { record } = flags;
    if (record !== undefined) this.#file = new RecordingOutput(record, program);
    if (!this.#isWatched && record === undefined) return;
    this.recording = { isFull: record !== undefined, onRecords: (batch) => this.#take(batch) };
  }

  /** A record of a session that is not run now. */
  see(record: Recorded): void {
    if (!this.#isWatched) return;
    this.#observation.see(record);
  }

  /** The session is over. Whether it passes: nothing was found that it has to fail for. */
  end(how: ReportOptions): boolean {
    for (const line of this.#summary?.lines() ?? []) this.#output.write(line);
    const findings = this.#report?.findings(how) ?? [];
    if (this.#report !== undefined) {
      const { json } = this.#flags;
      const lines = json === true ? reportJson(findings) : reportLines(findings, this.#colors);
      for (const line of lines) this.#output.write(line);
    }
    this.#output.close();
    this.#file?.close();
    return this.#flags.strict !== true || findings.length === 0;
  }

  /** Colours on a terminal, none elsewhere. */
  get #colors(): Colors {
    return colorsFor(typeof this.#flags.trace === 'string' ? {} : process.stderr);
  }

  #take(batch: Uint8Array): void {
    this.#file?.append(batch);
    if (!this.#isWatched) return;
    this.#observation.take(batch);
    this.#output.flush();
  }
}
