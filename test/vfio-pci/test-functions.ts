/** Functions for the tests: the devices of the machine that Linux was recorded on, or close to them. */
import { eduModel } from '../../src/devices/edu/index.js';
import {
  expressCapability,
  msiCapability,
  msixCapability,
  powerManagementCapability,
} from '../../src/pci/capabilities.js';
import type { FunctionDescription } from '../../src/pci/device-model.js';
import { PCI_CAP_ID_MSIX } from '../../src/uapi/pci-regs.js';

/** INTx and one MSI vector, a mappable BAR of 1 MiB, no way to be reset. */
export const edu: FunctionDescription = eduModel.describe({});

/** MSI-X with its table inside BAR 0, power management that keeps state, PCI Express with FLR. */
export const controller: FunctionDescription = {
  model: 'controller',
  identity: { vendor: 0x1b36, device: 0x0010, class: 0x010802 },
  interruptPin: 1,
  bars: [{ index: 0, kind: 'memory64', size: 0x4000, isMappable: true }],
  capabilities: [
    msixCapability({
      vectors: 65,
      table: { bar: 0, offset: 0x2000 },
      pending: { bar: 0, offset: 0x3000 },
      offset: 0x40,
    }),
    expressCapability({ hasFunctionLevelReset: true, deviceControl: 0, offset: 0x80 }),
    powerManagementCapability({ offset: 0x60 }),
  ],
  unclaimedBytes: 'writable',
};

/** An expansion ROM image of 1 KiB, in a BAR of 2 KiB. */
export const romImage: Uint8Array = (() => {
  const image = new Uint8Array(1024).fill(0x5a);
  image.set([0x55, 0xaa, 0x02], 0);
  image.set([0x20, 0x00], 0x18);
  image.set(new TextEncoder().encode('PCIR'), 0x20);
  image.set([0x02, 0x00], 0x30);
  image[0x35] = 0x80;
  return image;
})();

/** INTx only, memory and I/O BARs, a ROM, no capabilities; like e1000. */
export const card: FunctionDescription = {
  model: 'card',
  identity: { vendor: 0x8086, device: 0x100e, class: 0x020000 },
  interruptPin: 1,
  bars: [
    { index: 0, kind: 'memory32', size: 0x20000, isMappable: true },
    { index: 1, kind: 'io', size: 64 },
  ],
  rom: { size: 2048, image: romImage },
  unclaimedBytes: 'writable',
};

/** A memory BAR of 256 bytes that could be mapped, if it has a page of its own; like rtl8139. */
export const smallCard: FunctionDescription = {
  model: 'small-card',
  identity: { vendor: 0x10ec, device: 0x8139, class: 0x020000 },
  interruptPin: 1,
  bars: [
    { index: 0, kind: 'io', size: 256 },
    { index: 1, kind: 'memory32', size: 256, isMappable: true },
  ],
};

/** 16 vectors of MSI and of MSI-X; like nec-usb-xhci. */
export const doubleController: FunctionDescription = {
  model: 'double-controller',
  identity: { vendor: 0x1033, device: 0x0194, class: 0x0c0330 },
  interruptPin: 1,
  bars: [{ index: 0, kind: 'memory64', size: 0x4000, isMappable: true }],
  capabilities: [
    msiCapability({ vectors: 16, offset: 0x70 }),
    msixCapability({
      vectors: 16,
      table: { bar: 0, offset: 0x3000 },
      pending: { bar: 0, offset: 0x3800 },
      offset: 0x90,
    }),
    expressCapability({ offset: 0xa0 }),
  ],
};

/** Loses its state in D3hot, and so can be reset that way. */
export const forgetful: FunctionDescription = {
  model: 'forgetful',
  identity: { vendor: 0x8086, device: 0x10d3, class: 0x020000 },
  interruptPin: 1,
  bars: [{ index: 0, kind: 'memory32', size: 0x20000, isMappable: true }],
  capabilities: [
    powerManagementCapability({ offset: 0xc8, capabilities: 0xc823, keepsState: false }),
  ],
};

/** Two capabilities with one between them that users may not see: SHPC has no permissions. */
export const withHiddenCapability: FunctionDescription = {
  model: 'with-hidden-capability',
  identity: { vendor: 0x1b36, device: 0x00ff, class: 0xff0000 },
  bars: [{ index: 0, kind: 'memory32', size: 0x1000, isMappable: true }],
  capabilities: [
    powerManagementCapability({ offset: 0x40 }),
    { id: 0x0c, length: 8, offset: 0x48, registers: [] },
    { id: PCI_CAP_ID_MSIX, length: 12, offset: 0x50, registers: [] },
  ],
};

/** A VGA device: one whose class says so, with a legacy byte that remembers. */
export const vgaCard: FunctionDescription = {
  model: 'vga-card',
  identity: { vendor: 0x1234, device: 0x1111, class: 0x030000 },
  bars: [{ index: 0, kind: 'memory32', size: 0x1000, isMappable: true }],
  create: () => {
    const legacy = new Map<number, number>();
    return {
      read: () => 0,
      write: () => undefined,
      reset: () => legacy.clear(),
      vga: {
        read: (address) => legacy.get(address) ?? 0,
        write: (address, _size, value) => void legacy.set(address, value),
      },
    };
  },
};
