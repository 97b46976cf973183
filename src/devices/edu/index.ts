/** The model `edu`: what the device looks like on the bus, and its options. */
import { msiCapability } from '../../pci/capabilities.js';
import { defineDevice } from '../../pci/define-device.js';
import { option } from '../../pci/option.js';
import { EduDevice } from './device.js';
import { BAR_SIZE, EDU_REGISTERS } from './registers.js';

export { EduDevice, type EduOptions } from './device.js';

const delay = { default: 0.02, least: 0 } as const;

export const eduModel = defineDevice({
  name: 'edu',
  summary: "QEMU's educational device: factorials, interrupts, DMA",
  options: {
    dma_bits: option.number({
      summary: 'bits of the addresses that DMA reaches',
      default: 28,
      least: 12,
      most: 64,
    }),
    factorial_ms: option.number({
      summary: 'what computing a factorial takes, in milliseconds',
      ...delay,
    }),
    dma_ms: option.number({ summary: 'what a DMA transfer takes, in milliseconds', ...delay }),
  },
  registers: EDU_REGISTERS,
  describe: (options) => ({
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
    create: (context) =>
      new EduDevice(context, {
        dmaBits: options.dma_bits,
        factorialDelayMs: options.factorial_ms,
        dmaDelayMs: options.dma_ms,
      }),
  }),
});
