// stat and fstat through statx(2), whose layout is the same on every architecture. linux/stat.h

import { libc } from './libc.unsafe.js';
import { AT_EMPTY_PATH, AT_FDCWD } from './linux-constants.js';
import { NativeBuffer } from './native-buffer.unsafe.js';

export interface FileStatus {
  readonly mode: number;
  readonly linkCount: number;
  readonly uid: number;
  readonly gid: number;
  readonly inode: number;
  readonly size: number;
  readonly device: { readonly major: number; readonly minor: number };
  /** Of a character or block device. */
  readonly specialDevice: { readonly major: number; readonly minor: number };
}

const STATX_BASIC_STATS = 0x7ff;
let buffer: NativeBuffer | undefined;

/** @returns the status, or -errno */
export function fileStatus(path: string, flags = 0, directoryFd = AT_FDCWD): FileStatus | number {
  buffer ??= NativeBuffer.allocate(256);
  const error = libc().statx(directoryFd, path, flags, STATX_BASIC_STATS, buffer.address);
  return error < 0 ? error : parse(buffer.view);
}

export function descriptorStatus(fd: number): FileStatus | number {
  return fileStatus('', AT_EMPTY_PATH, fd);
}

function parse(view: DataView): FileStatus {
  return {
    linkCount: view.getUint32(0x10, true),
    uid: view.getUint32(0x14, true),
    gid: view.getUint32(0x18, true),
    mode: view.getUint16(0x1c, true),
    inode: Number(view.getBigUint64(0x20, true)),
    size: Number(view.getBigUint64(0x28, true)),
    specialDevice: { major: view.getUint32(0x80, true), minor: view.getUint32(0x84, true) },
    device: { major: view.getUint32(0x88, true), minor: view.getUint32(0x8c, true) },
  };
}
