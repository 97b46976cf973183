/** The one namespace of a controller: logical blocks on a disk. */
import { type Disk, DiskError } from '../../kernel/disk.js';
import { CommandError, Status } from './status.js';

/** LBA formats, by index: log2 of the bytes of a block. No format has metadata. */
export const BLOCK_BITS: readonly number[] = [9, 12];

export class Namespace {
  readonly id = 1;
  readonly disk: Disk;
  /** Index of the LBA format. */
  format: number;

  constructor(disk: Disk, format: number) {
    this.disk = disk;
    this.format = format;
  }

  /** Bytes of a logical block. */
  get blockSize(): number {
    return 2 ** (BLOCK_BITS[this.format] ?? 9);
  }

  /** Logical blocks. */
  get blocks(): number {
    return Math.floor(this.disk.size / this.blockSize);
  }

  /** Offset on the disk of a range of blocks. @throws CommandError when it is not all within */
  offsetOf(block: number, count: number): number {
    if (block + count > this.blocks) throw new CommandError(Status.lbaOutOfRange);
    return block * this.blockSize;
  }

  read(offset: number, target: Uint8Array): void {
    attempt(() => this.disk.read(offset, target), Status.unrecoveredReadError);
  }

  write(offset: number, source: Uint8Array): void {
    attempt(() => this.disk.write(offset, source), Status.writeFault);
  }

  discard(offset: number, length: number): void {
    attempt(() => this.disk.discard(offset, length), Status.writeFault);
  }

  flush(): void {
    attempt(() => this.disk.flush(), Status.writeFault);
  }
}

/** What goes wrong with the disk, as the command's status. */
function attempt(access: () => void, failed: number): void {
  try {
    access();
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    if (error.failure === 'full') throw new CommandError(Status.capacityExceeded);
    if (error.failure === 'read-only') throw new CommandError(Status.namespaceWriteProtected);
    throw new CommandError(failed);
  }
}
