/** The file of `--record`: the program goes on when it can no longer be written. */
import { RecordingFile } from '../host/recording/recording-file.js';
import { RecordingError } from '../recording/index.js';
import { version } from './version.js';

export class RecordingOutput {
  readonly #file: RecordingFile;
  #hasFailed = false;

  /** @throws RecordingError when the file can't be written to begin with */
  constructor(path: string, program: readonly string[]) {
    const started = new Date().toISOString();
    this.#file = new RecordingFile(path, { uvfio: version, program, started });
  }

  append(batch: Uint8Array): void {
    this.#trying(() => this.#file.append(batch));
  }

  close(): void {
    this.#trying(() => this.#file.close());
  }

  #trying(write: () => void): void {
    if (this.#hasFailed) return;
    try {
      write();
    } catch (error) {
      if (!(error instanceof RecordingError)) throw error;
      this.#hasFailed = true;
      process.stderr.write(`uvfio: ${error.message}; the recording ends there\n`);
    }
  }
}
