/** `pcieport`: the kernel's driver of PCI Express ports, which serves the port's own events. */
import { kernelError } from '../../kernel/error.js';
import {
  PCI_CAP_ID_EXP,
  PCI_CLASS_BRIDGE_PCI,
  PCI_EXP_FLAGS,
  PCI_EXP_LNKCAP,
  PCI_EXP_TYPE_DOWNSTREAM,
  PCI_EXP_TYPE_ROOT_PORT,
  PCI_EXP_TYPE_UPSTREAM,
  PCI_EXT_CAP_ID_ERR,
} from '../../uapi/pci-regs.js';
import { PCI_ANY_ID, type PciDriver, pciDeviceId } from '../driver.js';
import { type PciFunction, pciFunctionOf } from '../function.js';

const PORT_TYPES = [PCI_EXP_TYPE_ROOT_PORT, PCI_EXP_TYPE_UPSTREAM, PCI_EXP_TYPE_DOWNSTREAM];

/** Link capabilities: the port tells of changes of bandwidth. */
const PCI_EXP_LNKCAP_LBNC = 0x20_0000;

export const pciePort: PciDriver = {
  name: 'pcieport',
  ids: [
    pciDeviceId(PCI_ANY_ID, PCI_ANY_ID, {
      class: PCI_CLASS_BRIDGE_PCI << 8,
      classMask: 0xffff00,
    }),
  ],
  managesDma: true,
  probe: (device) => {
    const port = pciFunctionOf(device);
    if (port === undefined || !isPort(port)) throw kernelError('ENODEV');
    port.enable();
    port.setMaster(true);
    const { interrupts } = port;
    for (const kind of ['msix', 'msi'] as const) {
      if (interrupts.kind === undefined && interrupts.available(kind) > 0) {
        interrupts.enable(kind, 1, () => undefined);
      }
    }
    for (const service of services(port)) device.directory?.directory(`${device.name}:${service}`);
  },
  remove: (device) => {
    const port = pciFunctionOf(device);
    if (port === undefined) return;
    for (const service of services(port)) device.directory?.remove(`${device.name}:${service}`);
    port.interrupts.disable();
    port.disable();
  },
};

function portType(port: PciFunction): number | undefined {
  const express = port.capability(PCI_CAP_ID_EXP);
  if (express === undefined) return undefined;
  return (port.config.read(express + PCI_EXP_FLAGS, 2) >> 4) & 0xf;
}

function isPort(port: PciFunction): boolean {
  const type = portType(port);
  return type !== undefined && PORT_TYPES.includes(type);
}

/** Services of a port, as they are named: power management events, errors, bandwidth. */
function services(port: PciFunction): string[] {
  if (portType(port) !== PCI_EXP_TYPE_ROOT_PORT) return [];
  const express = port.capability(PCI_CAP_ID_EXP) ?? 0;
  const names = ['pcie001'];
  if (port.extendedCapability(PCI_EXT_CAP_ID_ERR) !== undefined) names.push('pcie002');
  const link = port.config.read(express + PCI_EXP_LNKCAP, 4);
  if ((link & PCI_EXP_LNKCAP_LBNC) !== 0) names.push('pcie010');
  return names;
}
