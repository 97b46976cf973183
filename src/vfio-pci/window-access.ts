/**
 * Reading and writing what is behind a BAR, a ROM or the VGA ranges, in aligned accesses. A part can
 * be left out: it reads as ones and ignores writes.
 */
import type { RegisterAccess } from '../kernel/diagnostics.js';
import { kernelError } from '../kernel/error.js';
import type { Task } from '../kernel/task.js';
import { copyFromUser, copyToUser } from '../kernel/user-memory.js';
import type { AccessSize } from '../pci/config-space.js';
import { PAGE_SIZE } from '../uapi/file.js';
import type { Session } from './session.js';

/** What is accessed. */
export interface Window {
  /** `VFIO_PCI_…_REGION_INDEX`. */
  readonly region: number;
  /** Bytes; accesses end here. */
  readonly end: number;
  /** Whether accesses fail while the user has memory decoding off. */
  readonly isMemory: boolean;
  /** The part that is left out, from `start` to before `end`. */
  readonly excluded?: { readonly start: number; readonly end: number } | undefined;
  read(offset: number, size: AccessSize): number;
  write(offset: number, size: AccessSize, value: number): void;
}

/** What the user asks for. */
export interface Transfer {
  readonly task: Task;
  /** The buffer in the task's memory. */
  readonly address: number;
  readonly count: number;
  /** Bytes from the window's beginning, before its end. */
  readonly offset: number;
}

/** Bytes go to and come from users through this, a page at a time: nothing here is reentered. */
const buffer = new DataView(new ArrayBuffer(PAGE_SIZE));
const bufferBytes = new Uint8Array(buffer.buffer);
/** The beginnings of it that single registers take, by length. */
const registerBytes = Array.from({ length: 9 }, (_, length) => bufferBytes.subarray(0, length));

/** Reads up to the window's end. @throws EIO with decoding off, EFAULT */
export function readWindow(session: Session, window: Window, transfer: Transfer): number {
  const { task, address, offset } = transfer;
  const total = Math.min(transfer.count, window.end - offset);
  for (let done = 0; done < total; ) {
    const length = Math.min(PAGE_SIZE, total - done);
    for (let filled = 0; filled < length; ) {
      filled += readOnce(session, window, offset + done + filled, filled, length - filled);
    }
    copyToUser(session.kernel, task, address + done, beginning(length));
    done += length;
  }
  return total;
}

/** Writes up to the window's end. @throws EIO with decoding off, EFAULT */
export function writeWindow(session: Session, window: Window, transfer: Transfer): number {
  const { task, address, offset } = transfer;
  const total = Math.min(transfer.count, window.end - offset);
  for (let done = 0; done < total; ) {
    const length = Math.min(PAGE_SIZE, total - done);
    copyFromUser(session.kernel, task, address + done, beginning(length));
    for (let written = 0; written < length; ) {
      written += writeOnce(session, window, offset + done + written, written, length - written);
    }
    done += length;
  }
  return total;
}

/** The first bytes of the buffer. */
function beginning(length: number): Uint8Array {
  return registerBytes[length] ?? bufferBytes.subarray(0, length);
}

/** Makes one access, into the buffer at `at`. Returns its bytes. */
function readOnce(
  session: Session,
  window: Window,
  offset: number,
  at: number,
  count: number,
): number {
  const skipped = excludedAt(window, offset, count);
  if (skipped > 0) {
    bufferBytes.fill(0xff, at, at + skipped);
    return skipped;
  }
  const size = accessSize(offset, count);
  checkDecoding(session, window);
  const value = window.read(offset, size);
  tell(session, window, { offset, size, value, isWrite: false });
  if (size === 4) buffer.setUint32(at, value, true);
  else if (size === 2) buffer.setUint16(at, value, true);
  else buffer.setUint8(at, value);
  return size;
}

function writeOnce(
  session: Session,
  window: Window,
  offset: number,
  at: number,
  count: number,
): number {
  const skipped = excludedAt(window, offset, count);
  if (skipped > 0) return skipped;
  const size = accessSize(offset, count);
  checkDecoding(session, window);
  const value = valueAt(at, size);
  tell(session, window, { offset, size, value, isWrite: true });
  window.write(offset, size, value);
  return size;
}

function valueAt(at: number, size: AccessSize): number {
  if (size === 4) return buffer.getUint32(at, true);
  return size === 2 ? buffer.getUint16(at, true) : buffer.getUint8(at);
}

function tell(
  { pci }: Session,
  { region }: Window,
  access: Pick<RegisterAccess, 'offset' | 'size' | 'value' | 'isWrite'>,
): void {
  pci.events.register.publish?.({ device: pci.device, region, isMapped: false, ...access });
}

function checkDecoding(session: Session, window: Window): void {
  if (window.isMemory && !session.isMemoryEnabled) throw kernelError('EIO');
}

/** How many of `count` bytes from `offset` are left out before something is accessed. */
function excludedAt({ excluded }: Window, offset: number, count: number): number {
  if (excluded === undefined || offset < excluded.start || offset >= excluded.end) return 0;
  return Math.min(count, excluded.end - offset);
}

/** The part left out begins at a multiple of 8: no aligned access reaches into it. */
function accessSize(offset: number, count: number): AccessSize {
  if (count >= 4 && offset % 4 === 0) return 4;
  if (count >= 2 && offset % 2 === 0) return 2;
  return 1;
}
