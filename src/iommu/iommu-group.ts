/**
 * IOMMU groups: the devices that an IOMMU can't tell apart, and so the smallest unit that can be
 * given to a user (`struct iommu_group`). Members keep the order in which they were added.
 */
import type { Device } from '../kernel/device.js';
import { kernelError } from '../kernel/error.js';
import type { FaultPoints } from '../kernel/faults.js';
import { type Notifier, NotifierChain } from '../kernel/notifier-chain.js';
import type { IommuDomain } from './iommu-domain.js';

/** `IOMMU_GROUP_NOTIFY_…`; other names may come from elsewhere and mean nothing to VFIO. */
export type IommuGroupAction =
  | 'add-device'
  | 'del-device'
  | 'bind-driver'
  | 'bound-driver'
  | 'unbind-driver'
  | 'unbound-driver';

export interface IommuGroupEvent {
  readonly action: IommuGroupAction | (string & {});
  readonly device: Device;
}

const groups = new WeakMap<Device, IommuGroup>();

/** The group a device is a member of (`iommu_group_get`). */
export function iommuGroupOf(device: Device): IommuGroup | undefined {
  return groups.get(device);
}

/** What can be said of a group beside its number. */
export interface IommuGroupOptions {
  /** Shown in sysfs (`iommu_group_set_name`). Default: none. */
  readonly name?: string;
  /** Whether an IOMMU is behind it. Default: yes; else the group is one in name only. */
  readonly isTranslated?: boolean;
}

export class IommuGroup {
  /** The number in `/sys/kernel/iommu_groups`. */
  readonly id: number;
  readonly name: string | undefined;
  readonly isTranslated: boolean;
  readonly #faults: FaultPoints;
  readonly #devices = new Set<Device>();
  readonly #notifiers = new NotifierChain<IommuGroupEvent>();
  /** Told when a member comes or goes, to show it. */
  onMembership: ((device: Device, isMember: boolean) => void) | undefined;
  /** The domain that DMA of the group's devices goes through, while a user owns the group. */
  domain: IommuDomain | undefined;

  constructor(id: number, faults: FaultPoints, options: IommuGroupOptions = {}) {
    this.id = id;
    this.name = options.name;
    this.isTranslated = options.isTranslated ?? true;
    this.#faults = faults;
  }

  /** The members, in the order they were added. */
  get devices(): ReadonlySet<Device> {
    return this.#devices;
  }

  /** How many callbacks hear of the group. */
  get notifierCount(): number {
    return this.#notifiers.size;
  }

  /** Registers a callback for what happens to the members. @throws ENOMEM by fault */
  registerNotifier(notifier: Notifier<IommuGroupEvent>): void {
    this.#faults.check('iommu_group_register_notifier', 'ENOMEM');
    this.#notifiers.register(notifier);
  }

  unregisterNotifier(notifier: Notifier<IommuGroupEvent>): void {
    this.#notifiers.unregister(notifier);
  }

  /** Makes a device, which is in no group, a member. */
  addDevice(device: Device): void {
    if (groups.has(device)) throw kernelError('EBUSY');
    groups.set(device, this);
    this.#devices.add(device);
    this.onMembership?.(device, true);
    this.#notifiers.notify({ action: 'add-device', device });
  }

  /** Ends a device's membership; callbacks are told first. */
  removeDevice(device: Device): void {
    if (groups.get(device) !== this) throw kernelError('EINVAL');
    this.#notifiers.notify({ action: 'del-device', device });
    groups.delete(device);
    this.#devices.delete(device);
    this.onMembership?.(device, false);
  }

  /** Tells the callbacks of something that happened to a member. */
  notify(event: IommuGroupEvent): void {
    this.#notifiers.notify(event);
  }
}
