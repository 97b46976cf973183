/** A VFIO group: devices that the IOMMU can't tell apart, given to a program as one (`/dev/vfio/N`). */
import { O_RDWR } from '../uapi/file.js';
import { s32, struct } from '../uapi/struct.js';
import {
  GroupStatus,
  VFIO_GROUP_FLAGS_CONTAINER_SET,
  VFIO_GROUP_FLAGS_VIABLE,
  VFIO_GROUP_GET_DEVICE_FD,
  VFIO_GROUP_GET_STATUS,
  VFIO_GROUP_SET_CONTAINER,
  VFIO_GROUP_UNSET_CONTAINER,
} from '../uapi/vfio.js';
import type { Container } from './container.js';
import { VfioDevice } from './device.js';
import { checked } from './error.js';
import type { VfioSystem } from './system.js';

/** VFIO_GROUP_GET_STATUS, decoded. */
export interface GroupState {
  /** Whether all devices of the group are bound to VFIO drivers or to none. */
  readonly isViable: boolean;
  readonly hasContainer: boolean;
}

const Int = struct({ value: s32 });
const encoder = new TextEncoder();

export class Group {
  readonly system: VfioSystem;
  /** The number of the IOMMU group. */
  readonly id: number;
  readonly fd: number;
  #isOpen = true;

  private constructor(system: VfioSystem, id: number, fd: number) {
    this.system = system;
    this.id = id;
    this.fd = fd;
  }

  /** Opens a group, which has one opener at a time. @throws VfioError */
  static open(system: VfioSystem, id: number): Group {
    const path = `/dev/vfio/${id}`;
    const fd = checked(`open ${path}`, system.open(path, O_RDWR), {
      EACCES: 'permission denied: the node has to belong to you (`chown` it as root)',
      EBUSY: 'another program has the group open',
      ENOENT: 'the group does not exist, or none of its devices is bound to vfio-pci',
    });
    return new Group(system, id, fd);
  }

  /** VFIO_GROUP_GET_STATUS */
  status(): GroupState {
    const status = GroupStatus.create({ argsz: GroupStatus.size });
    checked('VFIO_GROUP_GET_STATUS', this.system.ioctl(this.fd, VFIO_GROUP_GET_STATUS, status));
    const { flags } = GroupStatus.decode(status);
    return {
      isViable: (flags & VFIO_GROUP_FLAGS_VIABLE) !== 0,
      hasContainer: (flags & VFIO_GROUP_FLAGS_CONTAINER_SET) !== 0,
    };
  }

  /** Puts the group into a container (VFIO_GROUP_SET_CONTAINER). @throws VfioError */
  setContainer(container: Container): void {
    const argument = Int.create({ value: container.fd });
    const result = this.system.ioctl(this.fd, VFIO_GROUP_SET_CONTAINER, argument);
    checked('VFIO_GROUP_SET_CONTAINER', result, {
      EINVAL: `group ${this.id} is in a container already`,
      EPERM: this.#notViable,
    });
  }

  /** Takes the group out of its container (VFIO_GROUP_UNSET_CONTAINER). @throws VfioError */
  unsetContainer(): void {
    const result = this.system.ioctl(this.fd, VFIO_GROUP_UNSET_CONTAINER, 0);
    checked('VFIO_GROUP_UNSET_CONTAINER', result, {
      EBUSY: `devices of group ${this.id} are open`,
      EINVAL: `group ${this.id} is in no container`,
    });
  }

  /**
   * Opens a device of the group, `0000:00:05.0`, once its container has an IOMMU
   * (VFIO_GROUP_GET_DEVICE_FD).
   * @throws VfioError
   */
  openDevice(name: string): VfioDevice {
    const text = encoder.encode(`${name}\0`);
    const argument = new DataView(text.buffer, text.byteOffset, text.byteLength);
    const result = this.system.ioctl(this.fd, VFIO_GROUP_GET_DEVICE_FD, argument);
    const reason = result < 0 ? this.#reasonForNoDevice() : '';
    const fd = checked(`VFIO_GROUP_GET_DEVICE_FD of ${name}`, result, {
      EINVAL: reason,
      ENODEV: `group ${this.id} has no device of this name that is bound to vfio-pci`,
      EPERM: reason,
    });
    return VfioDevice.of(this.system, name, fd);
  }

  get #notViable(): string {
    return `group ${this.id} is not viable: bind all of its devices to vfio-pci, or to no driver`;
  }

  #reasonForNoDevice(): string {
    const { isViable, hasContainer } = this.status();
    if (!isViable) return this.#notViable;
    if (!hasContainer) return `group ${this.id} is in no container`;
    return `the container of group ${this.id} has no IOMMU type yet`;
  }

  /** Closes the descriptor; open devices keep the group in its container. Idempotent. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    checked(`close of group ${this.id}`, this.system.close(this.fd));
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
