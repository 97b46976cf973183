/** Disks of a recording: they have what was read from them, and no file. */
import { type Disk, DiskError, type DiskFailure } from '../kernel/disk.js';
import type { RecordCursor } from './record-cursor.js';

/** The disk that is opened next. @throws DiskError when none was */
export function replayedDisk(cursor: RecordCursor): Disk {
  const record = cursor.peekAt('disk');
  if (record === undefined) throw new DiskError('the recording opens no disk here');
  const { size, isReadOnly } = record;
  const outcome = (kind: 'diskWrite' | 'diskDiscard' | 'diskFlush'): void =>
    failAs(cursor.peekAt(kind)?.failure);
  return {
    size,
    isReadOnly,
    read: (_offset, target) => {
      const read = cursor.peekAt('diskRead');
      failAs(read?.failure);
      if (read?.bytes.length === target.length) target.set(read.bytes);
    },
    write: () => outcome('diskWrite'),
    discard: () => outcome('diskDiscard'),
    flush: () => outcome('diskFlush'),
    close: () => undefined,
  };
}

const FAILURES: readonly DiskFailure[] = ['full', 'read-only', 'failed'];

/** @throws DiskError as it was thrown then */
function failAs(failed: string | undefined): void {
  const failure = FAILURES.find((known) => known === failed);
  if (failure !== undefined) throw new DiskError(`the disk: ${failure}`, { failure });
}
