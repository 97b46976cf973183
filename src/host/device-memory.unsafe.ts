/**
 * Memory that a device's model and native programs share: a sparse file on tmpfs, mapped here and, at
 * the same offsets, by the programs.
 */
import { linkSync } from 'node:fs';
import { join } from 'node:path';
import type { MemoryObject, ReadDetector } from '../kernel/memory-object.js';
import { RecordedSharedMemory } from '../recording/index.js';
import { guardedArea } from './native/guarded-area.unsafe.js';
import { libc } from './native/libc.unsafe.js';
import { MFD_CLOEXEC, O_CLOEXEC, O_CREAT, O_RDWR } from './native/linux-constants.js';
import { NativeBuffer, NativeCallError } from './native/native-buffer.unsafe.js';
import { syscalls } from './native/x86-64.js';
import { PageReads } from './page-reads.unsafe.js';

const AT_FDCWD = -100;
const SEEK_DATA = 3;
const SEEK_HOLE = 4;
/** FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE */
const PUNCH_HOLE = 3;
/** Beyond the last region of a device, which begin at index × 2⁴⁰; ext4's files end before 2⁴⁴. */
const FILE_SIZE = 15 * 2 ** 40;

/** The memory that programs map, if it is such; also where what devices make of it is recorded. */
export function deviceMemoryOf(memory: MemoryObject | undefined): DeviceMemory | undefined {
  const mapped = memory instanceof RecordedSharedMemory ? memory.outside : memory;
  return mapped instanceof DeviceMemory ? mapped : undefined;
}

export class DeviceMemory implements MemoryObject {
  readonly #path: string;
  /** The file that programs map. */
  readonly #sharedFd: number;
  /** Where the content is while programs must not reach it; there only then. */
  #keptFd: number | undefined;
  readonly #parts = new Map<number, Part>();
  /** Processes that have mapped some of it. */
  readonly #pids = new Set<number>();
  readonly #detectors: PageReads[] = [];

  /** @param directory where the file is made; @param name must be new there */
  constructor(directory: string, name: string) {
    this.#path = join(directory, name);
    const fd = libc().openat(AT_FDCWD, this.#path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600);
    if (fd < 0) throw new NativeCallError(`open ${this.#path}`, -fd);
    truncate(fd, FILE_SIZE);
    this.#sharedFd = fd;
  }

  /** The file that the parts are mapped from. */
  get #fd(): number {
    return this.#keptFd ?? this.#sharedFd;
  }

  map(offset: number, size: number): Uint8Array {
    let part = this.#parts.get(offset);
    if (part === undefined || part.bytes.length < size) {
      part = mapPart(this.#fd, offset, size);
      this.#parts.set(offset, part);
    }
    return part.bytes.subarray(0, size);
  }

  /**
   * Touching what is mapped from beyond the end of a file is SIGBUS. So the file is cut off, and its
   * content moved to another one, which then is mapped here at the same addresses.
   */
  setReachable(isReachable: boolean): void {
    const kept = this.#keptFd;
    if (isReachable === (kept === undefined)) return;
    if (kept === undefined) {
      const target = newMemoryFile();
      this.#move(target);
      this.#keptFd = target;
    } else {
      this.#move(this.#sharedFd);
      this.#keptFd = undefined;
      libc().close(kept);
    }
  }

  /** Cuts off the file that the parts are mapped from, and maps them with their content from another one. */
  #move(target: number): void {
    const source = this.#fd;
    const content = [...this.#parts].map(([offset, part]) => ({
      offset,
      part,
      pages: writtenPages(source, offset, part),
    }));
    truncate(source, 0);
    truncate(target, FILE_SIZE);
    for (const { offset, part, pages } of content) {
      part.remap(target, offset);
      for (const [at, bytes] of pages) part.bytes.set(bytes, at);
    }
  }

  /** The pages go back at once; what is mapped here reads as zeros from now on. */
  discard(): void {
    libc().unlinkat(AT_FDCWD, this.#path, 0);
    for (const fd of [this.#sharedFd, this.#keptFd]) {
      if (fd === undefined) continue;
      for (const [offset, { bytes }] of this.#parts) {
        libc().syscall(syscalls.fallocate, fd, PUNCH_HOLE, offset, bytes.length);
      }
      libc().close(fd);
    }
  }

  watchReads(offset: number): ReadDetector {
    const detector = new PageReads(this.#pids, () => this.#fd, offset);
    this.#detectors.push(detector);
    return detector;
  }

  /** A process is mapping some of it. */
  mappedBy(pid: number): void {
    this.#pids.add(pid);
    for (const detector of this.#detectors) detector.lookAgain();
  }

  /** Gives the file another name, by which one opening of it can be told from the others. */
  linkTo(path: string): void {
    linkSync(this.#path, path);
  }
}

/** A part of the file as it is mapped here. */
interface Part {
  readonly bytes: Uint8Array;
  /** Maps another file in its place. */
  remap(fd: number, offset: number): void;
}

/** Where it can be had, in the area in which it does no harm when a program cuts the file. */
function mapPart(fd: number, offset: number, size: number): Part {
  const area = guardedArea();
  const memory = area?.map(fd, offset, size, true);
  if (area !== undefined && memory !== undefined) {
    return { bytes: memory.bytes, remap: (other, at) => area.remap(memory, other, at) };
  }
  const buffer = NativeBuffer.mapFile(fd, offset, size);
  return { bytes: buffer.bytes, remap: (other, at) => buffer.remapFile(other, at) };
}

function newMemoryFile(): number {
  const fd = libc().memfdCreate('uvfio', MFD_CLOEXEC);
  if (fd < 0) throw new NativeCallError('memfd_create', -fd);
  return fd;
}

function truncate(fd: number, size: number): void {
  const error = libc().ftruncate(fd, size);
  if (error < 0) throw new NativeCallError('ftruncate', -error);
}

/** Copies of what was ever written, by offset in the part; the rest reads as zeros and stays unmade. */
function writtenPages(fd: number, offset: number, part: Part): Map<number, Uint8Array> {
  const pages = new Map<number, Uint8Array>();
  const end = offset + part.bytes.length;
  for (let at = offset; at < end; ) {
    const start = libc().syscall(syscalls.lseek, fd, at, SEEK_DATA);
    if (start < 0 || start >= end) break;
    at = Math.min(end, libc().syscall(syscalls.lseek, fd, start, SEEK_HOLE));
    pages.set(start - offset, part.bytes.slice(start - offset, at - offset));
  }
  return pages;
}
