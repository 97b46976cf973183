/** Starting what is behind a function's registers: its model, or plain memory where there is none. */
import type { Kernel } from '../kernel/kernel.js';
import type { AccessSize } from './config-space.js';
import type { Bar } from './bar.js';
import type { DeviceContext, DeviceModel, FunctionDescription } from './device-model.js';
import type { PciFunction } from './function.js';
import { WatchedWord } from './watched-word.js';

/** Makes the model of a function, connects its BARs to it and resets it. */
export function startModel(
  description: FunctionDescription,
  pciFunction: PciFunction,
  kernel: Kernel,
): DeviceModel {
  const { config, bars } = pciFunction;
  const model: DeviceModel =
    description.create?.(contextOf(pciFunction, kernel)) ?? new PlainMemory(bars, description);
  for (const bar of bars) {
    if (bar === undefined) continue;
    const { index } = bar;
    bar.access = {
      read: (offset, size) => model.read(index, offset, size),
      write: (offset, size, value) => model.write(index, offset, size, value),
    };
  }
  if (model.configWritten !== undefined) {
    config.onWrite = (offset, size) => model.configWritten?.(offset, size);
  }
  model.reset('power-on');
  return model;
}

function contextOf(pciFunction: PciFunction, kernel: Kernel): DeviceContext {
  const { config, bars, interrupts, dma, diagnostics } = pciFunction;
  return {
    name: pciFunction.device.name,
    config,
    bars,
    interrupts,
    dma,
    timers: kernel.timers,
    log: kernel.log,
    watchWord: (options) => {
      const bar = bars[options.bar];
      if (bar === undefined) throw new RangeError(`there is no BAR ${options.bar}`);
      const word = new WatchedWord(bar, kernel.pollers, options);
      pciFunction.onDispose(word.stop);
      return word;
    },
    unmodelled: (access) => diagnostics.report(access),
    reportError: () => {
      if (pciFunction.isExpress) pciFunction.onError?.();
    },
  };
}

/** BARs without a model: they remember what is written, and a reset brings back their first content. */
class PlainMemory implements DeviceModel {
  readonly #contents: (DataView | undefined)[];
  readonly #description: FunctionDescription;
  readonly #readOnly: ReadonlySet<number>;

  constructor(bars: readonly (Bar | undefined)[], description: FunctionDescription) {
    this.#description = description;
    const readOnly = description.bars?.filter(({ isReadOnly }) => isReadOnly === true) ?? [];
    this.#readOnly = new Set(readOnly.map(({ index }) => index));
    this.#contents = bars.map((bar) => {
      if (bar === undefined) return undefined;
      const bytes = bar.bytes ?? new Uint8Array(bar.size);
      return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    });
  }

  read(bar: number, offset: number, size: AccessSize): number {
    const view = this.#contents[bar];
    if (view === undefined) return 0;
    if (size === 1) return view.getUint8(offset);
    return size === 2 ? view.getUint16(offset, true) : view.getUint32(offset, true);
  }

  write(bar: number, offset: number, size: AccessSize, value: number): void {
    const view = this.#contents[bar];
    if (view === undefined || this.#readOnly.has(bar)) return;
    if (size === 1) view.setUint8(offset, value);
    else if (size === 2) view.setUint16(offset, value, true);
    else view.setUint32(offset, value, true);
  }

  reset(): void {
    for (const { index, content } of this.#description.bars ?? []) {
      const view = this.#contents[index];
      if (view === undefined) continue;
      const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
      bytes.fill(0);
      if (content !== undefined) bytes.set(content.subarray(0, bytes.length));
    }
  }
}
