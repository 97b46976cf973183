/**
 * What storage devices keep their blocks on. In-process it is memory; the host opens image files.
 * Everything is synchronous: when a call returns, the machine sees its effect.
 */

/** Bytes that last. Ranges lie within `size`; whoever calls checks that. */
export interface Disk {
  /** Bytes. */
  readonly size: number;
  readonly isReadOnly: boolean;
  /** Fills `target` from `offset` on. @throws DiskError */
  read(offset: number, target: Uint8Array): void;
  /** @throws DiskError */
  write(offset: number, source: Uint8Array): void;
  /** Gives up the memory of a range, which reads as zeros from then on. @throws DiskError */
  discard(offset: number, length: number): void;
  /** Makes what was written survive a loss of power. @throws DiskError */
  flush(): void;
  /** Lets go of it. */
  close(): void;
}

/** What disk a device wants. */
export interface DiskRequest {
  /** Path of an image; in memory without. */
  readonly file?: string;
  /** Bytes: what a new disk is to have, or an image has to have. Default: as many as the image has. */
  readonly size?: number;
  readonly isReadOnly?: boolean;
}

/** Why a disk did not do what it was told. */
export type DiskFailure = 'full' | 'read-only' | 'failed';

/** A disk that can't be opened, or an access that went wrong. */
export class DiskError extends Error {
  override readonly name = 'DiskError';
  readonly failure: DiskFailure;
  /** Of a disk that can't be opened: what to do about it. */
  readonly fix: string;

  constructor(text: string, options: { failure?: DiskFailure; fix?: string } = {}) {
    super(text);
    this.failure = options.failure ?? 'failed';
    this.fix = options.fix ?? '';
  }
}
