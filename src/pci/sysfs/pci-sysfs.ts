/**
 * PCI in sysfs: keeps `/sys/devices/pci…`, `/sys/bus/pci`, `/sys/kernel/iommu_groups` and
 * `/sys/class/iommu` as the state of the machine is. What single files say is in the files beside.
 */
import { type IommuGroup, iommuGroupOf } from '../../iommu/iommu-group.js';
import type { Iommu } from '../../iommu/iommu.js';
import type { BusAction } from '../../kernel/bus.js';
import { showBus } from '../../kernel/bus-sysfs.js';
import { addAttribute } from '../../kernel/sysfs.js';
import { type Directory, addLink } from '../../kernel/tree.js';
import type { PciBus } from '../bus.js';
import type { PciFunction } from '../function.js';
import type { Pci } from '../pci.js';
import { formatBus } from '../pci-address.js';
import { addBusDirectory, addRootDirectory, addSlot } from './bus-directories.js';
import { addConfigFile } from './config-file.js';
import { addControlAttributes, addResetAttributes } from './control-attributes.js';
import { addDriverFiles } from './driver-files.js';
import { addExpressAttributes } from './express-attributes.js';
import { addIdentityAttributes } from './identity-attributes.js';
import { addIommu, fillGroupDirectory, isaRegions } from './iommu-directories.js';
import { MessageIrqs } from './message-irqs.js';
import { addFunctionPower } from './power-attributes.js';
import { addResourceFiles } from './resource-files.js';
import { addStateAttributes } from './state-attributes.js';
import { isTrue } from './text.js';

export class PciSysfs {
  readonly #pci: Pci;
  readonly #root: Directory;
  readonly #slots: Directory;
  readonly #messageIrqs = new WeakMap<PciFunction, MessageIrqs>();

  constructor(pci: Pci) {
    this.#pci = pci;
    this.#root = pci.kernel.root;
    const bus = showBus(this.#root, pci.bus);
    this.#slots = bus.directory('slots');
    addAttribute(bus, 'rescan', {
      mode: 0o200,
      store: (text) => (isTrue(text) ? pci.rescan() : undefined),
    });
    addAttribute(bus, 'resource_alignment', {
      mode: 0o644,
      show: () => '\n',
      store: () => undefined,
    });
    addDriverFiles(pci, bus);
  }

  /** The directory that functions of a bus are in. */
  directoryOf(bus: PciBus): Directory {
    const { bridge } = bus;
    if (bridge?.device.directory !== undefined) return bridge.device.directory;
    return this.#root.directoryAt(`sys/devices/pci${formatBus(bus.domain, bus.number)}`);
  }

  /** Shows the host bridge's directory and its bus. */
  showRootBus(bus: PciBus): void {
    const directory = this.directoryOf(bus);
    addRootDirectory(directory);
    addBusDirectory(this.#pci, this.#root, directory, bus);
  }

  /** Shows the bus behind a bridge. */
  showBusBehind(bridge: PciFunction, bus: PciBus, subordinate: number): void {
    const { directory } = bridge.device;
    if (directory === undefined) return;
    addBusDirectory(this.#pci, this.#root, directory, bus);
    addAttribute(directory, 'secondary_bus_number', { show: () => `${bus.number}\n` });
    addAttribute(directory, 'subordinate_bus_number', { show: () => `${subordinate}\n` });
    addAttribute(directory, 'reset_subordinate', {
      mode: 0o200,
      store: (text) => {
        if (isTrue(text)) bus.reset();
      },
    });
  }

  /** Takes a bus away, whose bridge is gone, and the bridge's directory with it. */
  hideBus(bus: PciBus): void {
    this.#root.directoryAt('sys/class/pci_bus').remove(bus.name);
  }

  /** Shows a function that was found. */
  showFunction(member: PciFunction): void {
    const { directory } = member.device;
    const { firmwareNode, physicalSlot } = member.description;
    if (directory === undefined) return;
    addIdentityAttributes(this.#pci, member, directory);
    addStateAttributes(member, directory);
    addConfigFile(member, directory);
    addResourceFiles(member, directory);
    addControlAttributes(this.#pci, member, directory);
    if (member.resetMethods.length > 0) addResetAttributes(member, directory);
    addExpressAttributes(member, directory);
    addFunctionPower(member, directory);
    if (firmwareNode !== undefined) {
      const node = this.#root.directoryAt(`sys/devices/LNXSYSTM:00/LNXSYBUS:00/${firmwareNode}`);
      addLink(directory, 'firmware_node', node);
      addAttribute(directory, 'waiting_for_supplier', { show: () => '0\n' });
    }
    if (physicalSlot !== undefined) addSlot(this.#slots, physicalSlot, member);
    this.#messageIrqs.set(member, new MessageIrqs(member, directory));
  }

  /** Shows what a driver changes about a function beside the links, which the bus shows. */
  driverChanged(member: PciFunction, action: BusAction): void {
    if (action === 'bound-driver') member.device.directory?.remove('waiting_for_supplier');
    if (action === 'unbound-driver') this.#messageIrqs.get(member)?.remove();
  }

  /** Shows an IOMMU, before there are functions behind it. */
  showIommu(iommu: Iommu): void {
    this.#root.directoryAt('sys/kernel/iommu_groups');
    // One domain a group, one for nothing translated, one for all translated as it is.
    addIommu(this.#root, iommu, () => this.#pci.groupCount + 2);
  }

  /** Shows a new group. */
  showGroup(group: IommuGroup): void {
    const directory = this.#root.directoryAt(`sys/kernel/iommu_groups/${group.id}`);
    const regions = () => [...isaRegions(group), ...(this.#pci.iommu?.reservedRegions ?? [])];
    fillGroupDirectory(directory, regions);
  }

  /** Shows the links between a function, its group and the IOMMU. */
  showInGroup(member: PciFunction): void {
    const { directory, name } = member.device;
    const group = iommuGroupOf(member.device);
    const { iommu } = this.#pci;
    if (directory === undefined || group === undefined || iommu === undefined) return;
    const groupDirectory = this.#root.directoryAt(`sys/kernel/iommu_groups/${group.id}`);
    addLink(directory, 'iommu_group', groupDirectory);
    addLink(groupDirectory.directory('devices'), name, directory);
    const iommuDirectory = this.#root.directoryAt(`sys/devices/virtual/iommu/${iommu.name}`);
    addLink(directory, 'iommu', iommuDirectory);
    addLink(iommuDirectory.directory('devices'), name, directory);
  }

  /** Takes those links away. */
  hideInGroup(member: PciFunction): void {
    const { name } = member.device;
    const group = iommuGroupOf(member.device);
    const { iommu } = this.#pci;
    if (group === undefined || iommu === undefined) return;
    this.#root.directoryAt(`sys/kernel/iommu_groups/${group.id}/devices`).remove(name);
    this.#root.directoryAt(`sys/devices/virtual/iommu/${iommu.name}/devices`).remove(name);
  }
}
