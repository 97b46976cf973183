/** Looks at a session as the options of a command say. */
import type { Colors } from 'picocolors/types.js';
import type { RecordingOptions } from '../host/run-program.js';
import { LineOutput, OutputError } from '../inspector/line-output.js';
import { Observation } from '../inspector/observation.js';
import { Report, type ReportOptions } from '../inspector/report/report.js';
import { reportJson, reportLines } from '../inspector/report/report-text.js';
import { TraceFilter } from '../inspector/trace/filter.js';
import { JsonTrace } from '../inspector/trace/json-trace.js';
import { Summary } from '../inspector/trace/summary.js';
import { TextTrace } from '../inspector/trace/text-trace.js';
import { didYouMean } from '../machine/did-you-mean.js';
import type { Recorded } from '../recording/index.js';
import { colorsFor } from './colors.js';
import { tellDefect } from './defect.js';
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
  #isWatched: boolean;
  /** Whether what was read could not be made sense of. */
  #isBroken = false;

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
    const findings = (this.#isBroken ? undefined : this.#report?.findings(how)) ?? [];
    const { json, strict } = this.#flags;
    this.#trying(() => {
      for (const line of this.#summary?.lines() ?? []) this.#output.write(line);
      this.#output.flush();
    });
    if (this.#report !== undefined && !this.#isBroken) {
      // Where the trace could not be written, the report can't either.
      const output = this.#output.hasFailed ? new LineOutput() : this.#output;
      const lines = json === true ? reportJson(findings) : reportLines(findings, this.#colors);
      for (const line of lines) output.write(line);
      this.#trying(() => output.flush());
    }
    this.#tellOfStrangers();
    this.#output.close();
    this.#file?.close();
    return strict !== true || (findings.length === 0 && !this.#isBroken);
  }

  /** Whoever asks for a device that there is not would wonder why nothing is shown. */
  #tellOfStrangers(): void {
    const there = [...this.#observation.devices.keys()];
    for (const address of this.#flags.on ?? []) {
      if (this.#isBroken || there.includes(address)) continue;
      const fix = didYouMean(address, there) ?? `devices were ${there.join(', ')}`;
      process.stderr.write(`uvfio: --on ${address}: there was no such device: ${fix}\n`);
    }
  }

  /** Colours on a terminal, none elsewhere. */
  get #colors(): Colors {
    return colorsFor(typeof this.#flags.trace === 'string' ? {} : process.stderr);
  }

  #take(batch: Uint8Array): void {
    this.#file?.append(batch);
    if (!this.#isWatched) return;
    this.#trying(() => {
      this.#observation.take(batch);
      this.#output.flush();
    });
  }

  /** Whatever becomes of who looks on, the program goes on. */
  #trying(look: () => void): void {
    try {
      look();
    } catch (error) {
      if (error instanceof OutputError) {
        process.stderr.write(`uvfio: ${error.message}; the trace ends there\n`);
        return;
      }
      this.#isWatched = false;
      this.#isBroken = true;
      tellDefect(error);
    }
  }
}
