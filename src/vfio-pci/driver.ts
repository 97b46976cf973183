/** The driver `vfio-pci`: gives any PCI function it is bound to to the VFIO core. */
import type { Device } from '../kernel/device.js';
import { kernelError } from '../kernel/error.js';
import type { Kernel } from '../kernel/kernel.js';
import type { Module } from '../kernel/module.js';
import type { Task } from '../kernel/task.js';
import { PCI_ANY_ID, type PciDeviceId, type PciDriver, pciDeviceId } from '../pci/driver.js';
import { pciFunctionOf } from '../pci/function.js';
import { PCI_HEADER_TYPE, PCI_HEADER_TYPE_NORMAL } from '../uapi/pci-regs.js';
import type { Vfio } from '../vfio/index.js';
import { BoundDevices } from './bound-devices.js';
import { VfioPciDevice } from './device.js';
import { VFIO_PCI_OPERATIONS } from './operations.js';

/** Bits of the header type register that say what kind of header it is. */
const HEADER_LAYOUT = 0x7f;

/** Where devices that no IOMMU is in front of get a group, as long as they are bound. */
export interface GroupsWithoutIommu {
  enter(device: Device): void;
  leave(device: Device): void;
}

export class VfioPciDriver implements PciDriver {
  readonly name = 'vfio-pci';
  readonly module: Module;
  /** Any function, but none by itself: they come by `new_id` or `driver_override`. */
  readonly ids: readonly PciDeviceId[] = [pciDeviceId(PCI_ANY_ID, PCI_ANY_ID)];
  readonly isOverrideOnly = true;
  readonly managesDma = true;
  readonly #kernel: Kernel;
  readonly #bound: BoundDevices;
  readonly #withoutIommu: GroupsWithoutIommu | undefined;

  /** @param withoutIommu default: there are none, and such devices are not taken */
  constructor(kernel: Kernel, vfio: Vfio, withoutIommu?: GroupsWithoutIommu) {
    this.module = kernel.module('vfio_pci');
    this.#kernel = kernel;
    this.#withoutIommu = withoutIommu;
    this.#bound = new BoundDevices(vfio);
    this.#bound.parameters.show(kernel.root.directoryAt('sys/module/vfio_pci'));
  }

  /**
   * Adds the function to its group and lets it sleep until it is opened.
   * @throws EINVAL for a bridge; what the core throws, EINVAL without an IOMMU group
   */
  probe(device: Device): void {
    const pci = pciFunctionOf(device);
    if (pci === undefined) throw kernelError('ENODEV');
    const layout = pci.config.read(PCI_HEADER_TYPE, 1) & HEADER_LAYOUT;
    if (layout !== PCI_HEADER_TYPE_NORMAL) throw kernelError('EINVAL');
    const bound = new VfioPciDevice(this.#kernel, pci, this.#bound);
    this.#withoutIommu?.enter(device);
    try {
      this.#bound.vfio.addGroupDevice(device, VFIO_PCI_OPERATIONS, bound);
    } catch (error) {
      this.#withoutIommu?.leave(device);
      throw error;
    }
    this.#bound.add(bound);
    pci.onError = () => bound.errorDetected();
    // The kernel's use for the driver's sake ends as well: nothing keeps the function awake.
    pci.power.allow();
    if (!this.#bound.parameters.disableIdleD3) pci.power.put();
  }

  /** Waits until the device is out of use, asking its user to let go. */
  remove(device: Device, task: Task): void | Promise<void> {
    const removed = this.#bound.vfio.deleteGroupDevice(device, task);
    if (removed instanceof Promise) return removed.then(() => this.#removed(device));
    this.#removed(device);
  }

  #removed(device: Device): void {
    const bound = this.#bound.get(device);
    if (bound === undefined) return;
    this.#bound.delete(bound);
    bound.pci.onError = undefined;
    this.#withoutIommu?.leave(device);
    if (!this.#bound.parameters.disableIdleD3) bound.pci.power.get();
    bound.pci.power.forbid();
  }
}
