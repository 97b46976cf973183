/** The machine that there is when nobody says which: something to drive, and groups of both kinds. */
import type { DeviceDescription, MachineDescription } from './description.js';

/** An inert Intel 82540EM, as QEMU has it: one that a driver finds and that never answers. */
const e1000: DeviceDescription = {
  model: 'shell',
  vendor: '0x8086',
  device: '0x100e',
  class: '0x020000',
  revision: '3',
  subsystem_vendor: '0x1af4',
  subsystem: '0x1100',
  pin: '1',
  bar0: '128K mem32',
  bar1: '64 io',
};

/** An inert Realtek 8139: its memory BAR is smaller than a page, so it can't be mapped. */
const rtl8139: DeviceDescription = {
  model: 'shell',
  vendor: '0x10ec',
  device: '0x8139',
  class: '0x020000',
  revision: '0x20',
  subsystem_vendor: '0x1af4',
  subsystem: '0x1100',
  pin: '1',
  bar0: '256 io',
  bar1: '256 mem32',
};

/**
 * An edu device and a network card in groups of their own, and two network cards that share a group
 * with the bridge to their conventional bus.
 */
export const defaultMachine: MachineDescription = {
  devices: [
    { model: 'edu', addr: '0000:00:03.0' },
    { ...e1000, addr: '0000:00:04.0' },
    { model: 'pci-bridge', addr: '0000:00:1e.0' },
    { ...e1000, addr: '0000:01:01.0' },
    { ...rtl8139, addr: '0000:01:02.0' },
  ],
};
