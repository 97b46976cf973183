/** The model `edu`: what the device looks like on the bus, and its options. */
import { msiCapability } from '../../pci/capabilities.js';
import type { DeviceModelFactory, FunctionDescription } from '../../pci/device-model.js';
import { PLACEMENT_OPTIONS, numberOption, place } from '../../pci/device-options.js';
import { EduDevice } from './device.js';
import { BAR_SIZE } from './registers.js';

export { EduDevice, type EduOptions } from './device.js';

export const eduModel: DeviceModelFactory = {
  summary: "QEMU's educational device: factorials, interrupts, DMA",
  options: {
    dma_bits: 'bits of the addresses that DMA reaches (28)',
    factorial_ms: 'what computing a factorial takes, in milliseconds (0.02)',
    dma_ms: 'what a DMA transfer takes, in milliseconds (0.02)',
    ...PLACEMENT_OPTIONS,
  },
  describe(options) {
    const eduOptions = {
      dmaBits: numberOption(options, 'dma_bits', { default: 28, least: 12, most: 64 }),
      factorialDelayMs: numberOption(options, 'factorial_ms', { default: 0.02, least: 0 }),
      dmaDelayMs: numberOption(options, 'dma_ms', { default: 0.02, least: 0 }),
    };
    const description: FunctionDescription = {
      model: 'edu',
      identity: {
        vendor: 0x1234,
        device: 0x11e8,
        revision: 0x10,
        class: 0x00ff00,
        subsystemVendor: 0x1af4,
        subsystem: 0x1100,
      },
      interruptPin: 1,
      bars: [{ index: 0, kind: 'memory32', size: BAR_SIZE, isMappable: true }],
      capabilities: [msiCapability({ vectors: 1, offset: 0x40 })],
      unclaimedBytes: 'writable',
      create: (context) => new EduDevice(context, eduOptions),
    };
    return place(description, options);
  },
};
