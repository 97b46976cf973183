/**
 * The one namespace of a controller: logical blocks on a disk. It can be deleted and created anew, of
 * another size, and be attached to the controller or not; all that outlives resets.
 */
import { type Disk, DiskError } from '../../kernel/disk.js';
import { BROADCAST_NSID } from './command.js';
import { CommandError, Status } from './status.js';

/** LBA formats, by index: log2 of the bytes of a block. No format has metadata. */
export const BLOCK_BITS: readonly number[] = [9, 12];

export class Namespace {
  readonly id = 1;
  readonly disk: Disk;
  /** Index of the LBA format. */
  format: number;
  /** Whether the controller works with it: it is active then. */
  isAttached = true;
  /** Bytes of the disk that are the namespace's; 0 while there is none. */
  #size: number;

  constructor(disk: Disk, format: number) {
    this.disk = disk;
    this.format = format;
    this.#size = disk.size;
  }

  get isAllocated(): boolean {
    return this.#size > 0;
  }

  get isActive(): boolean {
    return this.isAllocated && this.isAttached;
  }

  /** Bytes of a logical block. */
  get blockSize(): number {
    return blockSizeOf(this.format);
  }

  /** Logical blocks. */
  get blocks(): number {
    return Math.floor(this.#size / this.blockSize);
  }

  /** Bytes of the disk that no namespace has. */
  get unallocated(): number {
    return this.disk.size - this.#size;
  }

  /** A namespace of blocks that are zeros, not attached yet. @throws CommandError */
  create(blocks: number, format: number): void {
    if (this.isAllocated) throw new CommandError(Status.namespaceIdUnavailable);
    const size = blocks * blockSizeOf(format);
    if (size > this.disk.size) throw new CommandError(Status.namespaceInsufficientCapacity);
    if (size === 0) throw new CommandError(Status.invalidField);
    this.#size = size;
    this.format = format;
    this.isAttached = false;
  }

  /** What was in the blocks is gone. @throws CommandError */
  delete(): void {
    this.discard(0, this.disk.size);
    this.#size = 0;
    this.isAttached = false;
  }

  /** Erases all blocks, and makes them of another size. @throws CommandError */
  reformat(format: number): void {
    if (this.#size < blockSizeOf(format)) throw new CommandError(Status.invalidFormat);
    this.discard(0, this.#size);
    this.format = format;
  }

  /** That an identifier is this namespace's, and it is active (§6.1.2 to §6.1.5). @throws CommandError */
  checkActive(nsid: number): void {
    if (nsid !== this.id) throw new CommandError(Status.invalidNamespace);
    if (!this.isActive) throw new CommandError(Status.invalidField);
  }

  /** The same of a command for all namespaces, which needs none to be active. @throws CommandError */
  checkActiveOrAll(nsid: number): void {
    if (nsid !== BROADCAST_NSID) this.checkActive(nsid);
  }

  /** @throws CommandError when nothing may be written */
  checkWritable(): void {
    if (this.disk.isReadOnly) throw new CommandError(Status.namespaceWriteProtected);
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

/** Bytes of a block: asked several times a command, where a power would take longer than all else here. */
function blockSizeOf(format: number): number {
  return 1 << (BLOCK_BITS[format] ?? 9);
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
