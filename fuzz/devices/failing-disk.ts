/** A disk that fails now and then, in each way that disks fail, and always at the same accesses. */
import { DiskError, type DiskFailure } from '../../src/kernel/disk.js';
import { MemoryDisk } from '../../src/kernel/memory-disk.js';

const FAILURES: readonly DiskFailure[] = ['failed', 'full', 'read-only'];
/** One access in so many fails; no multiple of how many ways there are. */
const INTERVAL = 7;

export class FailingDisk extends MemoryDisk {
  #accesses = 0;

  override read(offset: number, target: Uint8Array): void {
    this.#access();
    super.read(offset, target);
  }

  override write(offset: number, source: Uint8Array): void {
    this.#access();
    super.write(offset, source);
  }

  override discard(offset: number, length: number): void {
    this.#access();
    super.discard(offset, length);
  }

  override flush(): void {
    this.#access();
  }

  #access(): void {
    this.#accesses += 1;
    if (this.#accesses % INTERVAL !== 0) return;
    const failure = FAILURES[(this.#accesses / INTERVAL) % FAILURES.length] ?? 'failed';
    throw new DiskError('it fails on purpose', { failure });
  }
}
