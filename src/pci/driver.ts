/** Drivers of PCI functions (`struct pci_driver`): which functions they take, and what they promise. */
import type { DeviceDriver } from '../kernel/driver.js';

/** Matches any vendor, device or subsystem (`PCI_ANY_ID`). */
export const PCI_ANY_ID = 0xffff_ffff;

/** Functions that a driver takes (`struct pci_device_id`). */
export interface PciDeviceId {
  readonly vendor: number;
  readonly device: number;
  readonly subsystemVendor: number;
  readonly subsystem: number;
  /** 24 bits, compared under the mask. */
  readonly class: number;
  readonly classMask: number;
}

/** An id of vendor and device alone, as most are. */
export function pciDeviceId(
  vendor: number,
  device: number,
  rest: Partial<PciDeviceId> = {},
): PciDeviceId {
  return {
    vendor,
    device,
    subsystemVendor: PCI_ANY_ID,
    subsystem: PCI_ANY_ID,
    class: 0,
    classMask: 0,
    ...rest,
  };
}

/** A driver for PCI functions. Get the function of a device with `pciFunctionOf`. */
export interface PciDriver extends DeviceDriver {
  /** Functions it takes by itself; more come through `new_id` and `driver_override`. */
  readonly ids: readonly PciDeviceId[];
  /**
   * Whether it leaves DMA ownership of the group to users (`driver_managed_dma`): such drivers may be
   * bound to members of a group that is in use.
   */
  readonly managesDma?: boolean;
  /** Whether it has no ids of its own at all; then any driver data is taken with `new_id`. */
  readonly hasNoIdTable?: boolean;
  /** Whether it is taken only by `driver_override` (`PCI_ID_F_VFIO_DRIVER_OVERRIDE`). Default: no. */
  readonly isOverrideOnly?: boolean;
}
