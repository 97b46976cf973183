/** Starting what is behind a function's registers: its model, or plain memory where there is none. */
import type { Kernel } from '../kernel/kernel.js';
import type { Networks } from '../net/networks.js';
import type { DeviceContext, DeviceModel, FunctionDescription } from './device-model.js';
import type { PciFunction } from './function.js';
import { PlainMemory } from './plain-memory.js';
import { lookWhileMapped, WatchedWord } from './watched-word.js';

/** Makes the model of a function, connects its BARs to it and resets it. */
export function startModel(
  description: FunctionDescription,
  pciFunction: PciFunction,
  kernel: Kernel,
  networks: Networks,
): DeviceModel {
  const { config, bars } = pciFunction;
  const model: DeviceModel =
    description.create?.(contextOf(pciFunction, kernel, networks)) ??
    new PlainMemory(bars, description);
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

function contextOf(pciFunction: PciFunction, kernel: Kernel, networks: Networks): DeviceContext {
  const { config, bars, interrupts, dma, diagnostics, events, device } = pciFunction;
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
      const { bar: region, offset, size } = options;
      const stored = (value: bigint): void => {
        const access = { device, region, offset, size, value, isWrite: true, isMapped: true };
        events.register.publish?.(access);
        options.stored(value);
      };
      const word = new WatchedWord(bar, kernel.pollers, { ...options, stored });
      pciFunction.onDispose(word.stop);
      return word;
    },
    watchBar: (index, look) => {
      const bar = bars[index];
      if (bar === undefined) throw new RangeError(`there is no BAR ${index}`);
      pciFunction.onDispose(lookWhileMapped(bar, kernel.pollers, look));
    },
    storeFound: ({ bar: region, offset, size, value }) => {
      const access = { device, region, offset, size, value, isWrite: true, isMapped: true };
      events.register.publish?.(access);
    },
    openDisk: (request) => kernel.openDisk(request),
    networkPort: (network) => {
      const port = networks.port(pciFunction.device.name, network);
      pciFunction.onDispose(() => port.close());
      return port;
    },
    unmodelled: (access) => diagnostics.report(access),
    reportError: () => {
      if (pciFunction.isExpress) pciFunction.onError?.();
    },
  };
}
