/** What is outside of a machine's networks, with what comes from there and goes there written down. */
import { NetworkError } from '../net/network-error.js';
import type { CaptureSource, NetworkSurroundings } from '../net/surroundings.js';
import { RecordedEnd } from './recorded-end.js';
import type { Recorder } from './recorder.js';

/** Surroundings that do what `surroundings` do, and record it. */
export function recordedSurroundings(
  recorder: Recorder,
  surroundings: NetworkSurroundings,
): NetworkSurroundings {
  const { openCapture, connect } = surroundings;
  let ends = 0;
  let captures = 0;
  return {
    ...surroundings,
    ...(openCapture && {
      openCapture: (file) => new RecordedCapture(recorder, ++captures, openCapture(file)),
    }),
    ...(connect && {
      connect: (port, end, place) => {
        const { port: recordedPort, place: recordedPlace } = new RecordedEnd(
          recorder,
          ++ends,
          port,
          place,
        );
        return connect(recordedPort, end, recordedPlace);
      },
    }),
  };
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
