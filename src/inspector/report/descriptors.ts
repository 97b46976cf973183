/** Which files of VFIO programs close themselves, and which are left to their end. */
import { fileKind } from '../decode/ioctl-names.js';
import { countText, rangeText, sizeText } from '../decode/quantities.js';
import type { SessionCall, SessionFile } from '../session-call.js';
import { fileText } from '../trace/file-text.js';
import type { SessionEvent } from '../session-event.js';
import type { Detector, Finding } from './finding.js';

interface Leaked {
  readonly iova: bigint;
  /** Bytes. */
  readonly size: number;
}

/** A file, and the process that has opened it. */
interface Given {
  readonly file: SessionFile;
  readonly pid: number;
}

/** So many leaked mappings are named. */
const NAMED = 4;

export class Descriptors implements Detector {
  /** By process and descriptor number: the file that the process was given it for. */
  readonly #own = new Map<string, Given>();
  /** How many descriptors the process that has opened a file has of it, by the file's number. */
  readonly #counts = new Map<number, number>();
  /** By number alone: what was given last, for the children of fork. */
  readonly #inherited = new Map<number, Given>();
  /** Numbers of files that were closed by who had opened them, */
  readonly #closed = new Set<number>();
  /** or by the last call, whoever made it: a child, perhaps. */
  readonly #justClosed = new Set<number>();
  readonly #left: SessionFile[] = [];
  /** Devices that have done DMA since their program last reset them. */
  readonly #active = new Set<string>();
  /** What went only with a group or container. */
  readonly #leaked: Leaked[] = [];
  /** Devices whose files are another finding's. */
  readonly #isExcused: (device: string) => boolean;

  constructor(isExcused: (device: string) => boolean) {
    this.#isExcused = isExcused;
  }

  /** Whether the program has closed a file itself. */
  isClosed({ number }: SessionFile): boolean {
    return this.#closed.has(number) || this.#justClosed.has(number);
  }

  event(event: SessionEvent, _us: number, call: SessionCall | undefined): void {
    if (event.kind === 'dma' && event.fault === '') this.#active.add(event.device);
    // The kernel's own resets, when devices are closed, say nothing of what the program has minded.
    else if (event.kind === 'reset' && call?.name === 'ioctl') this.#active.delete(event.device);
  }

  call(call: SessionCall): void {
    if (call.name === 'release') {
      this.#released(call);
      return;
    }
    this.#justClosed.clear();
    if (call.name === 'close' || call.name === 'dup2' || call.name === 'dup3') this.#close(call);
    else if (call.name === 'close_range') this.#closeRange(call);
    else if (call.fd !== undefined && call.given !== undefined) {
      this.#give(call.given, call.pid, call.fd);
    }
  }

  findings(): readonly Finding[] {
    const all = [this.#leak(), this.#leftOpen()];
    return all.filter((finding) => finding !== undefined);
  }

  #give(file: SessionFile, pid: number, fd: number): void {
    const given = { file, pid };
    this.#own.set(`${pid} ${fd}`, given);
    this.#inherited.set(fd, given);
    this.#counts.set(file.number, (this.#counts.get(file.number) ?? 0) + 1);
  }

  #close({ name, pid, arguments: registers }: SessionCall): void {
    this.#closeNumber(registers[name === 'close' ? 0 : 1] ?? -1, pid);
  }

  #closeRange({ pid, arguments: [first = 0, last = 0] }: SessionCall): void {
    for (const fd of this.#inherited.keys()) {
      if (fd >= first && fd <= last) this.#closeNumber(fd, pid);
    }
  }

  #closeNumber(fd: number, pid: number): void {
    const own = this.#own.get(`${pid} ${fd}`);
    const known = own ?? this.#inherited.get(fd);
    if (known === undefined) return;
    const { number } = known.file;
    this.#justClosed.add(number);
    if (own === undefined) return;
    this.#own.delete(`${pid} ${fd}`);
    const count = (this.#counts.get(number) ?? 1) - 1;
    this.#counts.set(number, count);
    if (count === 0) this.#closed.add(number);
  }

  #released({ file, events }: SessionCall): void {
    if (file === undefined || fileKind(file.label) === 'other') return;
    const isClosed = this.isClosed(file);
    if (!isClosed) this.#left.push(file);
    // Whoever resets the device and then closes all leaves nothing behind: QEMU does so.
    if (isClosed && this.#active.size === 0) return;
    // Several groups of a container have an address space each: a mapping is in all of them.
    const leaked = new Map<bigint, Leaked>();
    for (const event of events) {
      if (event.kind === 'mapping' && !event.isAdded) leaked.set(event.iova, event);
    }
    this.#leaked.push(...leaked.values());
  }

  /** Whether another finding says that a file was not closed. */
  #isSaid({ device, label }: SessionFile): boolean {
    if (device !== undefined) return this.#isExcused(device);
    return this.#leaked.length > 0 && fileKind(label) !== 'device';
  }

  #leak(): Finding | undefined {
    if (this.#leaked.length === 0) return undefined;
    const bytes = this.#leaked.reduce((sum, { size }) => sum + size, 0);
    const count = this.#leaked.length;
    const named = this.#leaked.slice(0, NAMED).map(({ iova, size }) => rangeText(iova, size));
    const rest = count > NAMED ? ', …' : '';
    return {
      kind: 'mapping-leak',
      text:
        count === 1
          ? `The mapping ${named.join('')} was never unmapped, and went only with its container.`
          : `${countText(count, 'mapping')} (${sizeText(bytes)}) were never unmapped, and went only with their container: ${named.join(', ')}${rest}.`,
      advice: 'Unmap with VFIO_IOMMU_UNMAP_DMA what is no longer needed, and close the container.',
    };
  }

  #leftOpen(): Finding | undefined {
    const left = this.#left.filter((file) => !this.#isSaid(file));
    if (left.length === 0) return undefined;
    return {
      kind: 'descriptor-leak',
      text: `${countText(left.length, 'file')} of VFIO ${left.length === 1 ? 'was' : 'were'} never closed, and left to the end of the program: ${left.map(fileText).join(', ')}.`,
      advice: 'Close the device, then its group, then the container.',
    };
  }
}
