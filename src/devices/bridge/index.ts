/**
 * Bridges as devices of a machine: `root-port`, a PCI Express port of the root complex that keeps what
 * is behind it apart, and `pci-bridge`, to a conventional PCI bus whose functions share an IOMMU group.
 */
import {
  expressCapability,
  msiCapability,
  powerManagementCapability,
} from '../../pci/capabilities.js';
import type {
  BridgeDescription,
  DeviceModelFactory,
  DeviceOptions,
} from '../../pci/device-model.js';
import { PLACEMENT_OPTIONS, numberOption, place } from '../../pci/device-options.js';
import { acsCapability, aerCapability } from '../../pci/extended-capabilities.js';
import { PCI_EXP_TYPE_PCI_BRIDGE, PCI_EXP_TYPE_ROOT_PORT } from '../../uapi/pci-regs.js';

const BRIDGE_CLASS = 0x060400;

const OPTIONS = { bus: 'number of the bus behind it (the next free one)', ...PLACEMENT_OPTIONS };

/** QEMU's identities of such bridges, which lspci knows by name. */
export const rootPortModel: DeviceModelFactory = {
  summary: 'a PCI Express root port, for one device behind it',
  options: OPTIONS,
  describe: (options) =>
    place(
      {
        model: 'root-port',
        identity: { vendor: 0x1b36, device: 0x000c, class: BRIDGE_CLASS },
        interruptPin: 1,
        capabilities: [
          expressCapability({ type: PCI_EXP_TYPE_ROOT_PORT, linkSpeed: 3, linkWidth: 4 }),
          msiCapability({ vectors: 1 }),
          powerManagementCapability(),
        ],
        extendedCapabilities: [aerCapability(), acsCapability()],
        bridge: bridge(options, true),
      },
      options,
    ),
};

export const pciBridgeModel: DeviceModelFactory = {
  summary: 'a bridge to a conventional PCI bus, whose devices share an IOMMU group',
  options: OPTIONS,
  describe: (options) =>
    place(
      {
        model: 'pci-bridge',
        identity: { vendor: 0x1b36, device: 0x000e, class: BRIDGE_CLASS },
        interruptPin: 1,
        capabilities: [
          powerManagementCapability({ keepsState: false }),
          expressCapability({ type: PCI_EXP_TYPE_PCI_BRIDGE }),
        ],
        extendedCapabilities: [aerCapability()],
        bridge: bridge(options, false),
      },
      options,
    ),
};

function bridge(options: DeviceOptions, isolatesFunctions: boolean): BridgeDescription {
  const secondaryBus = numberOption(options, 'bus', { default: 0, least: 1, most: 255 });
  return secondaryBus === 0 ? { isolatesFunctions } : { isolatesFunctions, secondaryBus };
}
