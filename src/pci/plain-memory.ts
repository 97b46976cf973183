/**
 * BARs without a model: they remember what is written, and a reset brings back their first content. What
 * nobody touches costs nothing, however large it is.
 */
import { PAGE_SIZE } from '../uapi/file.js';
import type { Bar, BarDescription } from './bar.js';
import type { AccessSize } from './config-space.js';
import type { DeviceModel, FunctionDescription } from './device-model.js';
import type { ResetMethod } from './reset.js';

export class PlainMemory implements DeviceModel {
  readonly #bars: (PlainBar | undefined)[];

  constructor(bars: readonly (Bar | undefined)[], description: FunctionDescription) {
    this.#bars = bars.map((bar) => {
      const described = description.bars?.find(({ index }) => index === bar?.index);
      return bar && described && new PlainBar(bar, described);
    });
  }

  read(bar: number, offset: number, size: AccessSize): number {
    return this.#bars[bar]?.read(offset, size) ?? 0;
  }

  write(bar: number, offset: number, size: AccessSize, value: number): void {
    this.#bars[bar]?.write(offset, size, value);
  }

  reset(cause: ResetMethod | 'power-on'): void {
    for (const bar of this.#bars) bar?.reset(cause === 'power-on');
  }
}

class PlainBar {
  readonly #description: BarDescription;
  readonly #bytes: Bytes;
  /** Clients may have written to it since it was reset. */
  #isTouched = false;
  #isMapped = false;

  constructor(bar: Bar, description: BarDescription) {
    this.#description = description;
    this.#bytes = bar.bytes === undefined ? new SparseBytes() : new SharedBytes(bar.bytes);
    bar.mapObservers.add((isMapped) => {
      this.#isMapped = isMapped;
      this.#isTouched ||= isMapped;
    });
  }

  read(offset: number, size: AccessSize): number {
    const view = this.#bytes.at(offset, false);
    if (view === undefined) return 0;
    const at = this.#bytes.place(offset);
    if (size === 1) return view.getUint8(at);
    return size === 2 ? view.getUint16(at, true) : view.getUint32(at, true);
  }

  write(offset: number, size: AccessSize, value: number): void {
    if (this.#description.isReadOnly === true) return;
    const view = this.#bytes.at(offset, true);
    if (view === undefined) return;
    const at = this.#bytes.place(offset);
    if (size === 1) view.setUint8(at, value);
    else if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    this.#isTouched = true;
  }

  /** Memory is all zero at first. */
  reset(isFirst: boolean): void {
    if (!isFirst && !this.#isTouched) return;
    if (this.#isTouched) this.#bytes.clear();
    this.#isTouched = this.#isMapped;
    const { content, size } = this.#description;
    if (content !== undefined) this.#bytes.fill(content.subarray(0, size));
  }
}

/** Memory of a BAR, for accesses that do not cross a page's end. */
interface Bytes {
  /** Where a byte is; undefined: nowhere yet, and it is 0. */
  at(offset: number, toWrite: boolean): DataView | undefined;
  /** The byte's place in what `at` answers. */
  place(offset: number): number;
  clear(): void;
  /** Sets the first bytes. */
  fill(content: Uint8Array): void;
}

/** Memory that clients map. */
class SharedBytes implements Bytes {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  at(): DataView {
    return this.#view;
  }

  place(offset: number): number {
    return offset;
  }

  clear(): void {
    this.#bytes.fill(0);
  }

  fill(content: Uint8Array): void {
    this.#bytes.set(content);
  }
}

/** Memory that only the model reaches: pages that have been written. */
class SparseBytes implements Bytes {
  readonly #pages = new Map<number, DataView>();

  at(offset: number, toWrite: boolean): DataView | undefined {
    const number = Math.floor(offset / PAGE_SIZE);
    let page = this.#pages.get(number);
    if (page === undefined && toWrite) {
      page = new DataView(new ArrayBuffer(PAGE_SIZE));
      this.#pages.set(number, page);
    }
    return page;
  }

  place(offset: number): number {
    return offset % PAGE_SIZE;
  }

  clear(): void {
    this.#pages.clear();
  }

  fill(content: Uint8Array): void {
    for (const [offset, byte] of content.entries()) {
      this.at(offset, true)?.setUint8(this.place(offset), byte);
    }
  }
}
