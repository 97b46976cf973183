/**
 * `getdents64`. Real directories above the machine's own (`/sys/module`, `/sys/class`, `/dev`, …) list what
 * they have and what the machine has there; directories of the view list device nodes as what they are,
 * which no unprivileged file system can.
 */
import type { Directory, TreeNode } from '../../kernel/tree.js';
import { KernelError } from '../../kernel/error.js';
import { Errno } from '../../uapi/errno.js';
import { SEEK_CUR } from '../../uapi/file.js';
import type { Host } from '../host.js';
import { fileStatus } from '../native/file-status.unsafe.js';
import { libc } from '../native/libc.unsafe.js';
import { AT_SYMLINK_NOFOLLOW } from '../native/linux-constants.js';
import { NativeBuffer } from '../native/native-buffer.unsafe.js';
import { readLink } from '../native/proc-file.unsafe.js';
import { syscalls } from '../native/x86-64.js';
import { type Answer, CONTINUE, type NativeCall } from '../native-call.js';
import { isOwned } from '../virtual-paths.js';
import { nodeAt } from './locate.js';

/** Entries of the machine that a real directory has been found not to have, as far as they are listed. */
export interface ListingProgress {
  readonly names: readonly string[];
  next: number;
}

export function listDirectory(host: Host, call: NativeCall): Answer {
  const fd = call.int(0);
  const link = fd < 0 ? undefined : readLink(`/proc/${call.tid}/fd/${fd}`);
  if (link === undefined) return CONTINUE;
  const path = host.paths.machinePath(link);
  const isReal = path === link;
  if (isReal && !/^\/(?:sys|dev)(?:\/|$)/.test(path)) return CONTINUE;
  const directory = directoryAt(host, path);
  if (directory === undefined || (!isReal && !hasDeviceNodes(directory))) return CONTINUE;
  const copy = copyOf(call, fd);
  if (copy === undefined) return CONTINUE;
  try {
    return list(host, call, copy, { path, directory, isReal });
  } finally {
    libc().close(copy);
  }
}

interface Listing {
  readonly path: string;
  readonly directory: Directory;
  readonly isReal: boolean;
}

/** `struct linux_dirent64`: inode, offset, length of the record, type, name with NUL. */
const NAME_OFFSET = 19;
const MAXIMUM_LENGTH = 0x8000;
const MAXIMUM_LISTINGS = 256;

function list(host: Host, call: NativeCall, copy: number, listing: Listing): Answer {
  const size = Math.min(call.uint(2), MAXIMUM_LENGTH);
  const key = `${call.process.pid}:${call.int(0)}`;
  if (libc().syscall(syscalls.lseek, copy, 0, SEEK_CUR) === 0) host.listings.delete(key);
  using buffer = NativeBuffer.allocate(Math.max(size, 1));
  for (;;) {
    const length = libc().syscall(syscalls.getdents64, copy, buffer.address, size);
    if (length < 0) return length;
    if (length === 0) break;
    const shown = shownRecords(buffer.bytes.subarray(0, length), listing);
    if (shown.length > 0) return deliver(call, shown);
  }
  return listing.isReal ? addMissing(host, call, key, listing, size) : 0;
}

/** What is really there, except for what the machine hides. */
function shownRecords(bytes: Uint8Array, { path, directory, isReal }: Listing): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const record = bytes.slice(at, at + view.getUint16(at + 16, true));
    at += record.length;
    const name = nameIn(record);
    const node = directory.get(name);
    const isHidden = node === undefined && isReal && isOwned(`${path}/${name}`);
    if (isHidden) continue;
    if (node?.kind === 'device') record[18] = DT_CHR;
    records.push(record);
  }
  return records;
}

/** After the end: what only the machine has. */
function addMissing(
  host: Host,
  call: NativeCall,
  key: string,
  { path, directory }: Listing,
  size: number,
): Answer {
  let progress = host.listings.get(key);
  if (progress === undefined) {
    const names = [...directory.children.keys()].filter(
      (name) => typeof fileStatus(`${path}/${name}`, AT_SYMLINK_NOFOLLOW) === 'number',
    );
    progress = { names, next: 0 };
    // Those of directories that were closed half-read stay until there are many.
    if (host.listings.size >= MAXIMUM_LISTINGS) host.listings.clear();
    host.listings.set(key, progress);
  }
  const records: Uint8Array[] = [];
  let length = 0;
  for (; progress.next < progress.names.length; progress.next++) {
    const name = progress.names[progress.next] ?? '';
    const node = directory.get(name);
    if (node === undefined) continue;
    const record = encodeRecord(name, node);
    if (length + record.length > size) break;
    length += record.length;
    records.push(record);
  }
  const isStuck = records.length === 0 && progress.next < progress.names.length;
  return isStuck ? -Errno.EINVAL : deliver(call, records);
}

function deliver(call: NativeCall, records: readonly Uint8Array[]): Answer {
  const whole = Buffer.concat(records);
  return call.process.memory.write(call.argument(1), whole) ? whole.length : -Errno.EFAULT;
}

const DT_CHR = 2;
const DT_DIR = 4;
const DT_REG = 8;
const DT_LNK = 10;

function encodeRecord(name: string, node: TreeNode): Uint8Array {
  const bytes = new TextEncoder().encode(name);
  const record = new Uint8Array(Math.ceil((NAME_OFFSET + bytes.length + 1) / 8) * 8);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(node.number), true);
  view.setBigUint64(8, BEHIND_ALL, true);
  view.setUint16(16, record.length, true);
  view.setUint8(18, typeOf(node));
  record.set(bytes, NAME_OFFSET);
  return record;
}

/** An offset that 32-bit programs take too. */
const BEHIND_ALL = 0x7fff_ffffn;

function typeOf({ kind }: TreeNode): number {
  if (kind === 'directory') return DT_DIR;
  if (kind === 'link') return DT_LNK;
  return kind === 'device' ? DT_CHR : DT_REG;
}

function nameIn(record: Uint8Array): string {
  return Buffer.from(record.subarray(NAME_OFFSET, record.indexOf(0, NAME_OFFSET))).toString();
}

function directoryAt(host: Host, path: string): Directory | undefined {
  try {
    const node = nodeAt(host, path, true);
    return node.kind === 'directory' ? node : undefined;
  } catch (error) {
    if (error instanceof KernelError) return undefined;
    throw error;
  }
}

function hasDeviceNodes({ children }: Directory): boolean {
  for (const node of children.values()) if (node.kind === 'device') return true;
  return false;
}

function copyOf(call: NativeCall, fd: number): number | undefined {
  try {
    return call.process.files.copyOf(fd);
  } catch (error) {
    if (error instanceof KernelError) return undefined;
    throw error;
  }
}
