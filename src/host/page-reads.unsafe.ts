/**
 * Whether programs have touched a page of a file that they have mapped, by loads too. A page that they have
 * touched is in their page tables, which `/proc/<pid>/pagemap` shows; punching a hole into the file takes it out
 * of all page tables, and makes it zeros. proc(5), Documentation/admin-guide/mm/pagemap.rst
 *
 * A process that touches a page for the first time may get those around it into its page table as well, so
 * that all but the watched page should have been written before: then nothing else is ever new to it.
 */
import { fstatSync } from 'node:fs';
import type { ReadDetector, Readers } from '../kernel/memory-object.js';
import { PAGE_SIZE } from '../uapi/file.js';
import { countFaults, type FaultCounts, FaultingThreads } from './faulting-threads.js';
import { libc } from './native/libc.unsafe.js';
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from './native/linux-constants.js';
import { NativeBuffer } from './native/native-buffer.unsafe.js';
import { readSmallFile } from './native/proc-file.unsafe.js';
import { syscalls } from './native/x86-64.js';

const FALLOC_FL_KEEP_SIZE = 1;
const FALLOC_FL_PUNCH_HOLE = 2;
/** Bytes of an entry of a pagemap, and the place of its highest byte. */
const ENTRY_BYTES = 8;
const PRESENT = 0x80;

/** A process that is about to map the file does so soon after it was let: so often it is looked for. */
const TRIES = 200;

/** Where a process has the page. */
interface View {
  readonly pagemapFd: number;
  readonly address: number;
}

let entry: NativeBuffer | undefined;

export class PageReads implements ReadDetector {
  readonly #pids: Set<number>;
  readonly #file: () => number;
  readonly #offset: number;
  #views: View[] | undefined;
  #triesLeft = TRIES;
  /** Of the processes' threads, when nobody had touched the page. */
  #faults: FaultCounts | undefined;

  /**
   * @param pids processes that have mapped the file
   * @param file its descriptor here, at present
   * @param offset of the page
   */
  constructor(pids: Set<number>, file: () => number, offset: number) {
    this.#pids = pids;
    this.#file = file;
    this.#offset = offset;
  }

  get isTouched(): boolean {
    this.#views ??= this.#findViews();
    for (const view of this.#views ?? []) if (isPresent(view)) return true;
    return false;
  }

  readers(): Readers {
    const threads = new FaultingThreads(this.#pids, this.#faults);
    return {
      get areThrough() {
        return threads.haveGotOn;
      },
    };
  }

  renew(): void {
    this.#faults = countFaults(this.#pids);
    const mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
    libc().syscall(syscalls.fallocate, this.#file(), mode, this.#offset, PAGE_SIZE);
    // A program may have unmapped it: what is there now is something else.
    this.lookAgain();
  }

  /** Where the page is may have changed, or is about to. */
  lookAgain(): void {
    this.#triesLeft = TRIES;
    for (const { pagemapFd } of this.#views ?? []) libc().close(pagemapFd);
    this.#views = undefined;
  }

  /** Undefined: some process has not mapped it yet. */
  #findViews(): View[] | undefined {
    const inode = fstatSync(this.#file()).ino;
    const places = new Map(
      [...this.#pids].map((pid) => [pid, addressesOf(pid, inode, this.#offset)]),
    );
    const isMissing = [...places.values()].some((addresses) => addresses.length === 0);
    if (isMissing && this.#triesLeft > 0) {
      this.#triesLeft -= 1;
      return undefined;
    }
    const views: View[] = [];
    for (const [pid, addresses] of places) {
      if (addresses.length === 0) this.#pids.delete(pid);
      for (const address of addresses) {
        const pagemapFd = libc().openat(AT_FDCWD, `/proc/${pid}/pagemap`, O_RDONLY | O_CLOEXEC);
        if (pagemapFd >= 0) views.push({ pagemapFd, address });
      }
    }
    return views;
  }
}

function isPresent({ pagemapFd, address }: View): boolean {
  entry ??= NativeBuffer.allocate(ENTRY_BYTES);
  const place = (address / PAGE_SIZE) * ENTRY_BYTES;
  const read = libc().pread(pagemapFd, entry.address, ENTRY_BYTES, place);
  return read === ENTRY_BYTES && ((entry.bytes[ENTRY_BYTES - 1] as number) & PRESENT) !== 0;
}

/** Where a process has mapped a byte of a file. */
function addressesOf(pid: number, inode: number, offset: number): number[] {
  const text = readSmallFile(`/proc/${pid}/maps`) ?? '';
  return text.split('\n').flatMap((line) => {
    const match = /^([0-9a-f]+)-([0-9a-f]+) \S+ ([0-9a-f]+) \S+ (\d+)/.exec(line);
    if (match === null || Number(match[4]) !== inode) return [];
    const [start = 0, end = 0, from = 0] = match.slice(1, 4).map((hex) => Number.parseInt(hex, 16));
    return offset >= from && offset < from + (end - start) ? [start + offset - from] : [];
  });
}
