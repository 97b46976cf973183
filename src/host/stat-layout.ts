/**
 * `struct stat`, `stat64` of i386, `statx` and the kinds of `statfs` as programs expect them: asm/stat.h,
 * linux/stat.h, asm/statfs.h.
 */
import type { Inode } from '../kernel/inode.js';

/** Device number of the file system an inode is on, and the time it was made. */
export interface StatContext {
  readonly device: { readonly major: number; readonly minor: number };
  /** Seconds since the epoch. */
  readonly time: number;
}

const BLOCK_SIZE = 4096;
/** Bytes in a file name. */
const NAME_LENGTH = 255;
const STATX_BASIC_STATS = 0x7ff;

/** x86-64's `struct stat`, 144 bytes. */
export function encodeStat(inode: Inode, context: StatContext): Uint8Array {
  const bytes = new Uint8Array(144);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(encodeDevice(context.device)), true);
  view.setBigUint64(8, BigInt(inode.number), true);
  view.setBigUint64(16, BigInt(linkCount(inode)), true);
  view.setUint32(24, inode.mode, true);
  view.setUint32(28, inode.uid, true);
  view.setUint32(32, inode.gid, true);
  view.setBigUint64(40, BigInt(inode.rdev), true);
  view.setBigInt64(48, BigInt(inode.size), true);
  view.setBigInt64(56, BigInt(BLOCK_SIZE), true);
  for (const offset of [72, 88, 104]) view.setBigInt64(offset, BigInt(context.time), true);
  return bytes;
}

/** i386's `struct stat64`, 96 bytes. */
export function encodeStat64(inode: Inode, context: StatContext): Uint8Array {
  const bytes = new Uint8Array(96);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(encodeDevice(context.device)), true);
  view.setUint32(12, inode.number, true);
  view.setUint32(16, inode.mode, true);
  view.setUint32(20, linkCount(inode), true);
  view.setUint32(24, inode.uid, true);
  view.setUint32(28, inode.gid, true);
  view.setBigUint64(32, BigInt(inode.rdev), true);
  view.setBigInt64(44, BigInt(inode.size), true);
  view.setUint32(52, BLOCK_SIZE, true);
  for (const offset of [64, 72, 80]) view.setUint32(offset, context.time, true);
  view.setBigUint64(88, BigInt(inode.number), true);
  return bytes;
}

/** `struct statx`, 256 bytes, the same everywhere. */
export function encodeStatx(inode: Inode, context: StatContext): Uint8Array {
  const bytes = new Uint8Array(256);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, STATX_BASIC_STATS, true);
  view.setUint32(4, BLOCK_SIZE, true);
  view.setUint32(16, linkCount(inode), true);
  view.setUint32(20, inode.uid, true);
  view.setUint32(24, inode.gid, true);
  view.setUint16(28, inode.mode, true);
  view.setBigUint64(32, BigInt(inode.number), true);
  view.setBigUint64(40, BigInt(inode.size), true);
  for (const offset of [64, 96, 112]) view.setBigInt64(offset, BigInt(context.time), true);
  view.setUint32(128, (inode.rdev >>> 8) & 0xfff, true);
  view.setUint32(132, minorOf(inode.rdev), true);
  view.setUint32(136, context.device.major, true);
  view.setUint32(140, context.device.minor, true);
  return bytes;
}

/** x86-64's `struct statfs`, 120 bytes, of a file system without blocks. */
export function encodeStatfs(magic: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(120));
  view.setBigInt64(0, BigInt(magic), true);
  view.setBigInt64(8, BigInt(BLOCK_SIZE), true);
  view.setBigInt64(64, BigInt(NAME_LENGTH), true);
  view.setBigInt64(72, BigInt(BLOCK_SIZE), true);
  return new Uint8Array(view.buffer);
}

/** i386's `struct statfs`, 64 bytes. */
export function encodeCompatStatfs(magic: number): Uint8Array {
  return encodeWords(64, { 0: magic, 4: BLOCK_SIZE, 36: NAME_LENGTH, 40: BLOCK_SIZE });
}

/** i386's `struct statfs64`, 84 bytes. */
export function encodeStatfs64(magic: number): Uint8Array {
  return encodeWords(84, { 0: magic, 4: BLOCK_SIZE, 56: NAME_LENGTH, 60: BLOCK_SIZE });
}

function encodeWords(size: number, words: Readonly<Record<number, number>>): Uint8Array {
  const view = new DataView(new ArrayBuffer(size));
  for (const [offset, value] of Object.entries(words)) view.setUint32(Number(offset), value, true);
  return new Uint8Array(view.buffer);
}

function minorOf(rdev: number): number {
  return (rdev & 0xff) + Math.floor(rdev / 0x100000) * 0x100;
}

function encodeDevice({ major, minor }: { major: number; minor: number }): number {
  return (minor & 0xff) + major * 0x100 + (minor >>> 8) * 0x100000;
}

function linkCount(inode: Inode): number {
  return (inode.mode & 0o170000) === 0o040000 ? 2 : 1;
}
