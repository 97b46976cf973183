/** A disk of the machine, with what is read from it written down. */
import { type Disk, DiskError, type DiskRequest } from '../kernel/disk.js';
import type { Recorder } from './recorder.js';

type FileRequest = DiskRequest & { readonly file: string };

/** Opens disks with `open`, and records what comes from them. */
export function recordedDisks(
  recorder: Recorder,
  open: (request: FileRequest) => Disk,
): (request: FileRequest) => Disk {
  return (request) => {
    const disk = open(request);
    const number = recorder.disks.take();
    const { size, isReadOnly } = disk;
    recorder.write('disk', { disk: number, file: request.file, size, isReadOnly });
    return new RecordedDisk(recorder, number, disk);
  };
}

class RecordedDisk implements Disk {
  readonly #recorder: Recorder;
  readonly #number: number;
  readonly #disk: Disk;

  constructor(recorder: Recorder, number: number, disk: Disk) {
    this.#recorder = recorder;
    this.#number = number;
    this.#disk = disk;
  }

  get size(): number {
    return this.#disk.size;
  }

  get isReadOnly(): boolean {
    return this.#disk.isReadOnly;
  }

  read(offset: number, target: Uint8Array): void {
    this.#try(
      () => this.#disk.read(offset, target),
      (failure) => {
        const bytes = failure === '' ? target : new Uint8Array(target.length);
        this.#recorder.write('diskRead', { disk: this.#number, offset, failure, bytes });
      },
    );
  }

  write(offset: number, source: Uint8Array): void {
    const { length } = source;
    this.#try(
      () => this.#disk.write(offset, source),
      (failure) =>
        this.#recorder.write('diskWrite', { disk: this.#number, offset, length, failure }),
    );
  }

  discard(offset: number, length: number): void {
    this.#try(
      () => this.#disk.discard(offset, length),
      (failure) =>
        this.#recorder.write('diskDiscard', { disk: this.#number, offset, length, failure }),
    );
  }

  flush(): void {
    this.#try(
      () => this.#disk.flush(),
      (failure) => this.#recorder.write('diskFlush', { disk: this.#number, failure }),
    );
  }

  close(): void {
    this.#recorder.write('diskClose', { disk: this.#number });
    this.#disk.close();
  }

  #try(access: () => void, write: (failure: string) => void): void {
    try {
      access();
    } catch (error) {
      if (error instanceof DiskError) write(error.failure);
      throw error;
    }
    write('');
  }
}
