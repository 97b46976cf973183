/** Starting what is behind a function's registers: its model, or plain memory where there is none. */
import { DiskError } from '../kernel/disk.js';
import type { Kernel } from '../kernel/kernel.js';
import type { Networks } from '../net/networks.js';
import { type Bar, regionOffset } from './bar.js';
import type { DeviceContext, DeviceModel, FunctionDescription } from './device-model.js';
import { nameOf } from './foreign-code.js';
import type { PciFunction } from './function.js';
import { ModelError, ModelGuard } from './model-guard.js';
import { PlainMemory } from './plain-memory.js';
import { lookWhileMapped, WatchedWord } from './watched-word.js';

/**
 * Makes the model of a function, connects its BARs to it and resets it.
 * @returns the model, of which nothing comes out but answers
 * @throws ModelError when the model can't be made, DiskError when its disk can't be opened
 */
export function startModel(
  description: FunctionDescription,
  pciFunction: PciFunction,
  kernel: Kernel,
  networks: Networks,
): DeviceModel {
  const { config, bars, diagnostics } = pciFunction;
  const guard = new ModelGuard(diagnostics, kernel);
  const model = madeBy(() => {
    const made =
      description.create?.(contextOf(pciFunction, kernel, networks, guard)) ??
      new PlainMemory(bars, description);
    checkModel(made);
    made.reset('power-on');
    return made;
  });
  for (const bar of bars) {
    if (bar === undefined) continue;
    const { index } = bar;
    bar.access = guard.access(`BAR ${index}`, {
      read: model.read.bind(model, index),
      write: model.write.bind(model, index),
    });
  }
  const guarded = guard.model(model);
  if (model.configWritten !== undefined) {
    config.onWrite = (offset, size) => guarded.configWritten?.(offset, size);
  }
  return guarded;
}

/** @throws ModelError for whatever a model's own code throws while it is made */
function madeBy(make: () => DeviceModel): DeviceModel {
  try {
    return make();
  } catch (error) {
    if (error instanceof DiskError) throw error;
    throw new ModelError(`its model can't be made: ${error}`, { cause: error });
  }
}

/** Models may be written in JavaScript. */
function checkModel(model: Partial<DeviceModel>): void {
  for (const name of ['read', 'write', 'reset'] as const) {
    if (typeof model[name] === 'function') continue;
    throw new TypeError(
      `create() has to return an object with read, write and reset: ${name} is ${nameOf(model[name])}`,
    );
  }
}

function contextOf(
  pciFunction: PciFunction,
  kernel: Kernel,
  networks: Networks,
  guard: ModelGuard,
): DeviceContext {
  const { config, bars, interrupts, dma, diagnostics, events, device } = pciFunction;
  const barAt = (index: number): Bar => {
    const bar = bars[index];
    if (bar === undefined) throw new RangeError(`there is no BAR ${index}`);
    return bar;
  };
  return {
    name: pciFunction.device.name,
    config,
    bars,
    interrupts,
    dma,
    timers: guard.timers(kernel.timers),
    log: kernel.log,
    watchWord: (options) => {
      const { bar: region, offset, size } = options;
      const doing = `store to BAR ${region} offset 0x${offset.toString(16)}`;
      const stored = (value: bigint): void => {
        const access = { device, region, offset, size, value, isWrite: true, isMapped: true };
        events.register.publish?.(access);
        guard.call(doing, () => options.stored(value), undefined);
      };
      const word = new WatchedWord(barAt(region), kernel.pollers, { ...options, stored });
      pciFunction.onDispose(word.stop);
      return word;
    },
    watchBar: (index, look) => {
      const guarded = () => guard.call(`look at BAR ${index}`, look, false);
      pciFunction.onDispose(lookWhileMapped(barAt(index), kernel.pollers, guarded));
    },
    watchReads: (index, offset) =>
      bars[index]?.isMappable === true
        ? pciFunction.memory.watchReads?.(regionOffset(index) + offset)
        : undefined,
    storeFound: ({ bar: region, offset, size, value }) => {
      const access = { device, region, offset, size, value, isWrite: true, isMapped: true };
      events.register.publish?.(access);
    },
    openDisk: (request) => kernel.openDisk(request),
    networkPort: (network) => {
      const port = networks.port(pciFunction.device.name, network);
      pciFunction.onDispose(() => port.close());
      const attach = port.attach.bind(port);
      port.attach = (receiver) => attach(guard.receiver(receiver));
      return port;
    },
    unmodelled: (access) => diagnostics.report(access),
    get activity() {
      const { publish } = events.activity;
      return publish && ((text: string) => publish({ device, text }));
    },
    reportError: () => {
      if (pciFunction.isExpress) pciFunction.onError?.();
    },
  };
}
