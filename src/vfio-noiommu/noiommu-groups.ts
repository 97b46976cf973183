/** Groups for devices that no IOMMU is in front of, one for each. */
import { IommuGroup, iommuGroupOf } from '../iommu/iommu-group.js';
import type { Device } from '../kernel/device.js';
import type { Kernel } from '../kernel/kernel.js';

/** Told when a device comes into such a group or leaves it, to show it. */
export type ShowMembership = (group: IommuGroup, device: Device, isMember: boolean) => void;

export class NoIommuGroups {
  readonly #kernel: Kernel;
  readonly #isEnabled: () => boolean;
  readonly #show: ShowMembership;
  /** By the name of the device, which finds its group again. */
  readonly #groups = new Map<string, IommuGroup>();

  constructor(kernel: Kernel, isEnabled: () => boolean, show: ShowMembership) {
    this.#kernel = kernel;
    this.#isEnabled = isEnabled;
    this.#show = show;
  }

  /** Puts a device that is in no group into one of its own, if the mode is on. The kernel is tainted by it. */
  enter(device: Device): void {
    if (!this.#isEnabled() || iommuGroupOf(device) !== undefined) return;
    this.#groupOf(device).addDevice(device);
    this.#kernel.log.deviceWarning(device, 'Adding kernel taint for vfio-noiommu group on device');
  }

  /** Takes a device out again; one that was in a group before stays there. */
  leave(device: Device): void {
    const group = iommuGroupOf(device);
    if (group !== undefined && !group.isTranslated) group.removeDevice(device);
  }

  #groupOf({ name }: Device): IommuGroup {
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const options = { name: 'vfio-noiommu', isTranslated: false };
    const group = new IommuGroup(this.#groups.size, this.#kernel.faults, options);
    group.onMembership = (device, isMember) => this.#show(group, device, isMember);
    this.#groups.set(name, group);
    return group;
  }
}
