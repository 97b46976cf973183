/** Which PCI drivers go with which functions (`pci_match_device`). */
import type { Device } from '../kernel/device.js';
import { kernelError } from '../kernel/error.js';
import { PCI_ANY_ID, type PciDeviceId, type PciDriver } from './driver.js';
import type { PciFunction } from './function.js';

/** Whether an id fits a function (`pci_match_one_device`). */
export function matchesId(id: PciDeviceId, { description }: PciFunction): boolean {
  const { identity } = description;
  return (
    (id.vendor === PCI_ANY_ID || id.vendor === identity.vendor) &&
    (id.device === PCI_ANY_ID || id.device === identity.device) &&
    (id.subsystemVendor === PCI_ANY_ID || id.subsystemVendor === (identity.subsystemVendor ?? 0)) &&
    (id.subsystem === PCI_ANY_ID || id.subsystem === (identity.subsystem ?? 0)) &&
    ((id.class ^ identity.class) & id.classMask) === 0
  );
}

/** Ids added to drivers while running (`new_id`), and drivers wanted by devices (`driver_override`). */
export class PciMatching {
  readonly #dynamicIds = new WeakMap<PciDriver, PciDeviceId[]>();
  readonly #overrides = new WeakMap<Device, string>();

  /** The name of the only driver a device may have, if one was set. */
  overrideOf(device: Device): string | undefined {
    return this.#overrides.get(device);
  }

  /** Sets that name; undefined lifts it. */
  setOverride(device: Device, name: string | undefined): void {
    if (name === undefined) this.#overrides.delete(device);
    else this.#overrides.set(device, name);
  }

  /** Whether a driver may be tried on a function. */
  matches(pciFunction: PciFunction, driver: PciDriver): boolean {
    const override = this.#overrides.get(pciFunction.device);
    if (override !== undefined) return override === driver.name;
    const fits = (id: PciDeviceId) => matchesId(id, pciFunction);
    if (this.#dynamicIds.get(driver)?.some(fits) === true) return true;
    return driver.isOverrideOnly !== true && driver.ids.some(fits);
  }

  /** Whether a driver has an id already: one that takes a function which is exactly this. */
  knows(driver: PciDriver, id: PciDeviceId): boolean {
    const covers = (known: PciDeviceId) =>
      (known.vendor === PCI_ANY_ID || known.vendor === id.vendor) &&
      (known.device === PCI_ANY_ID || known.device === id.device) &&
      (known.subsystemVendor === PCI_ANY_ID || known.subsystemVendor === id.subsystemVendor) &&
      (known.subsystem === PCI_ANY_ID || known.subsystem === id.subsystem) &&
      ((known.class ^ id.class) & known.classMask) === 0;
    if (this.#dynamicIds.get(driver)?.some(covers) === true) return true;
    return driver.isOverrideOnly !== true && driver.ids.some(covers);
  }

  /** Adds a dynamic id (`pci_add_dynid`). */
  addId(driver: PciDriver, id: PciDeviceId): void {
    const ids = this.#dynamicIds.get(driver);
    if (ids === undefined) this.#dynamicIds.set(driver, [id]);
    else ids.push(id);
  }

  /** Removes a dynamic id. @throws ENODEV when there is none such */
  removeId(driver: PciDriver, wanted: PciDeviceId): void {
    const ids = this.#dynamicIds.get(driver) ?? [];
    const index = ids.findIndex(
      (id) =>
        id.vendor === wanted.vendor &&
        id.device === wanted.device &&
        (wanted.subsystemVendor === PCI_ANY_ID || id.subsystemVendor === wanted.subsystemVendor) &&
        (wanted.subsystem === PCI_ANY_ID || id.subsystem === wanted.subsystem) &&
        ((id.class ^ wanted.class) & wanted.classMask) === 0,
    );
    if (index < 0) throw kernelError('ENODEV');
    ids.splice(index, 1);
  }
}
