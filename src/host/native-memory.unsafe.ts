/**
 * The memory of a native process, as the machine sees it. It is bound to the address space, not to
 * the number: after `execve` or the end of the process, what was mapped for DMA is gone and accesses
 * fail, whoever has the process number by then.
 */
import { closeSync, openSync } from 'node:fs';
import { PAGE_SIZE } from '../uapi/file.js';
import type { MemoryPiece } from '../iommu/iommu-domain.js';
import type { PinnedPages, UserMemory } from '../kernel/user-memory.js';
import { guardedArea } from './native/guarded-area.unsafe.js';
import { type Libc, libc } from './native/libc.unsafe.js';
import { NativeBuffer } from './native/native-buffer.unsafe.js';
import type { ProcessMemory } from './native/process-memory.unsafe.js';
import { countPopulatedPages } from './native/page-scan.unsafe.js';
import { PinnedMemory } from './pinned-memory.js';
import { readProcStatus } from './proc-status.js';
import { type Mapping, mappingsOf } from './process-map.js';
import { SharedWindows } from './shared-windows.js';

let probe: NativeBuffer | undefined;

export class NativeMemory implements UserMemory {
  lockedPages = 0;
  readonly #pid: number;
  readonly #memory: ProcessMemory;
  readonly #deviceMemoryPrefix: string;
  readonly #libc: Libc = libc();
  /** `/proc/<pid>/mem`: reads as empty once this address space has no user left. */
  #witness: number | undefined;
  #witnessAddress = 0;
  #isSuspect = false;
  #isGone = false;
  /** What `pin` found last: mapping it comes next. */
  #found: { address: number; length: number; mappings: readonly Mapping[] } | undefined;
  #pinned: PinnedMemory | undefined;

  /** @param deviceMemoryPrefix files below this path are memory of devices */
  constructor(pid: number, memory: ProcessMemory, deviceMemoryPrefix: string) {
    this.#pid = pid;
    this.#memory = memory;
    this.#deviceMemoryPrefix = deviceMemoryPrefix;
  }

  read(address: number, target: Uint8Array): boolean {
    if (this.#isSuspect && !this.isAlive()) return false;
    if (!isUserRange(address, target.length)) return target.length === 0;
    return this.#memory.read(this.#pid, address, target) === 0;
  }

  write(address: number, source: Uint8Array): boolean {
    if (this.#isSuspect && !this.isAlive()) return false;
    if (!isUserRange(address, source.length)) return source.length === 0;
    return this.#memory.write(this.#pid, address, source) === 0;
  }

  readv(pieces: readonly MemoryPiece[], target: Uint8Array): boolean {
    if (this.#isSuspect && !this.isAlive()) return false;
    return pieces.every(isUserPiece) && this.#memory.readv(this.#pid, pieces, target) === 0;
  }

  writev(pieces: readonly MemoryPiece[], source: Uint8Array): boolean {
    if (this.#isSuspect && !this.isAlive()) return false;
    return pieces.every(isUserPiece) && this.#memory.writev(this.#pid, pieces, source) === 0;
  }

  /** Memory as devices reach it, where that is a shorter way. */
  get pinned(): PinnedMemory | undefined {
    if (this.#pinned?.isEmpty !== false || (this.#isSuspect && !this.isAlive())) return undefined;
    return this.#pinned;
  }

  mapped(address: number, length: number): void {
    const found = this.#found;
    if (found?.address !== address || found.length !== length) return;
    if (!found.mappings.some(({ isShared }) => isShared)) return;
    const mappings = found.mappings.filter(({ path }) => !this.#isDeviceMemory(path));
    const area = guardedArea();
    if (area === undefined) return;
    this.#pinned ??= new PinnedMemory(new SharedWindows(this.#pid, area), this);
    this.#pinned.windows.add(address, address + length, mappings);
  }

  unmapped(address: number, length: number): void {
    this.#pinned?.windows.remove(address, address + length);
  }

  pin(address: number, length: number, writable: boolean): PinnedPages | undefined {
    const end = address + length;
    if (!isUserRange(address, length)) return undefined;
    const mappings = mappingsOf(this.#pid, address, end);
    if (mappings === undefined) return undefined;
    let countedPages = 0;
    for (const mapping of mappings) {
      if (!mapping.isReadable || (writable && !mapping.isWritable)) return undefined;
      const from = Math.max(mapping.start, address);
      const to = Math.min(mapping.end, end);
      if (!this.#reachesEndOfFile(mapping, to)) return undefined;
      countedPages += this.#countedPages(mapping, from, to, writable);
    }
    this.#bearWitness(address);
    this.#found = { address, length, mappings };
    return { countedPages };
  }

  /** What the program has locked by itself, from VmLck of its status. */
  mlockedPages(): number {
    return (readProcStatus(this.#pid)?.lockedKb ?? 0) / (PAGE_SIZE / 1024);
  }

  /** Something happened after which this address space may be gone: `execve`, or the end of its process. */
  suspect(): void {
    this.#isSuspect = true;
  }

  /** Whether the address space still is the process's. */
  isAlive(): boolean {
    if (this.#isGone) return false;
    if (this.#witness === undefined) return !this.#isSuspect;
    probe ??= NativeBuffer.allocate(64);
    // 0: the address space has no user any more. An error: this page alone was unmapped.
    if (this.#libc.pread(this.#witness, probe.address, 1, this.#witnessAddress) !== 0) {
      this.#isSuspect = false;
      return true;
    }
    this.#isGone = true;
    this.release();
    return false;
  }

  release(): void {
    if (this.#witness !== undefined) closeSync(this.#witness);
    this.#witness = undefined;
    this.#pinned?.windows.release();
  }

  #isDeviceMemory(path: string): boolean {
    return path.startsWith(this.#deviceMemoryPrefix);
  }

  /**
   * Pages that pinning would lock. Device memory is none of this machine's; anonymous pages that were
   * never written are the shared page of zeros, unless the device is to write them.
   */
  #countedPages(mapping: Mapping, from: number, to: number, writable: boolean): number {
    if (this.#isDeviceMemory(mapping.path)) return 0;
    const all = (to - from) / PAGE_SIZE;
    if (writable || mapping.inode !== 0) return all;
    const populated = countPopulatedPages(this.#pid, from, to);
    return populated < 0 ? all : populated;
  }

  /** A mapping may be longer than its file; pages beyond can't be pinned. */
  #reachesEndOfFile(mapping: Mapping, end: number): boolean {
    if (mapping.inode === 0) return true;
    const last = new Uint8Array(1);
    return this.#memory.read(this.#pid, end - 1, last) === 0;
  }

  #bearWitness(address: number): void {
    if (this.#witness !== undefined) return;
    try {
      this.#witness = openSync(`/proc/${this.#pid}/mem`, 'r');
      this.#witnessAddress = address;
    } catch {
      // Not permitted in some containers: then the process's own end is what ends its memory.
    }
  }
}

function isUserPiece({ address, length }: MemoryPiece): boolean {
  return isUserRange(address, length);
}

/** User addresses end below 2⁴⁷. */
function isUserRange(address: number, length: number): boolean {
  return length > 0 && address >= 0 && address + length <= 0x7fff_ffff_f000;
}
