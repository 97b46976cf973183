/** A disk in memory, which takes memory only for what was written to it. */
import { type Disk, DiskError } from './disk.js';

const CHUNK = 64 * 1024;

export class MemoryDisk implements Disk {
  readonly size: number;
  readonly isReadOnly: boolean;
  /** What was written, by offset / CHUNK. */
  readonly #chunks = new Map<number, Uint8Array>();

  constructor(size: number, isReadOnly = false) {
    this.size = size;
    this.isReadOnly = isReadOnly;
  }

  /** Bytes of memory taken. */
  get allocated(): number {
    return this.#chunks.size * CHUNK;
  }

  read(offset: number, target: Uint8Array): void {
    for (const { index, from, at, length } of pieces(offset, target.length)) {
      const chunk = this.#chunks.get(index);
      if (chunk === undefined) target.fill(0, at, at + length);
      else target.set(chunk.subarray(from, from + length), at);
    }
  }

  write(offset: number, source: Uint8Array): void {
    if (this.isReadOnly) throw new DiskError('it is read-only', { failure: 'read-only' });
    for (const { index, from, at, length } of pieces(offset, source.length)) {
      this.#chunk(index).set(source.subarray(at, at + length), from);
    }
  }

  discard(offset: number, length: number): void {
    if (this.isReadOnly) throw new DiskError('it is read-only', { failure: 'read-only' });
    const end = offset + length;
    const first = Math.ceil(offset / CHUNK);
    const behind = Math.floor(end / CHUNK);
    if (behind - first > this.#chunks.size) {
      for (const index of this.#chunks.keys()) {
        if (index >= first && index < behind) this.#chunks.delete(index);
      }
    } else for (let index = first; index < behind; index++) this.#chunks.delete(index);
    // The ends, which are parts of chunks.
    const headEnd = Math.min(end, first * CHUNK);
    this.#zero(offset, headEnd);
    this.#zero(Math.max(headEnd, behind * CHUNK), end);
  }

  flush(): void {
    // Memory is where it stays.
  }

  close(): void {
    this.#chunks.clear();
  }

  #zero(start: number, end: number): void {
    for (const { index, from, length } of pieces(start, end - start)) {
      this.#chunks.get(index)?.fill(0, from, from + length);
    }
  }

  #chunk(index: number): Uint8Array {
    let chunk = this.#chunks.get(index);
    if (chunk === undefined) {
      try {
        chunk = new Uint8Array(CHUNK);
      } catch {
        throw new DiskError('there is no memory left', { failure: 'full' });
      }
      this.#chunks.set(index, chunk);
    }
    return chunk;
  }
}

interface Piece {
  readonly index: number;
  /** Offset in the chunk. */
  readonly from: number;
  /** Offset in the transfer. */
  readonly at: number;
  readonly length: number;
}

/** The chunks of a range. */
function* pieces(offset: number, length: number): Generator<Piece> {
  for (let at = 0; at < length; ) {
    const index = Math.floor((offset + at) / CHUNK);
    const from = (offset + at) % CHUNK;
    const part = Math.min(length - at, CHUNK - from);
    yield { index, from, at, length: part };
    at += part;
  }
}
