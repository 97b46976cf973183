/**
 * What the module takes of the kernel when it starts and gives back when it ends: the container's
 * misc device, a class for the groups' nodes, and character device numbers for them.
 */
import type { CharacterDevice } from '../kernel/character-device.js';
import type { DeviceClass } from '../kernel/device-class.js';
import type { Kernel } from '../kernel/kernel.js';
import type { MiscDevice } from '../kernel/misc-device.js';

export interface Registrations {
  /** The class `vfio`: its devices are the groups, with nodes `/dev/vfio/NAME`. */
  readonly groupClass: DeviceClass;
  /** The major number of the groups' nodes. */
  readonly groupMajor: number;
  /** Gives everything back, last taken first. */
  undo(): void;
}

/**
 * Takes it all, or, when something can't be had, nothing.
 * @throws EBUSY by faults `misc_register` and `alloc_chrdev_region`; ENOMEM by faults `class_create`
 *   and `cdev_add`
 */
export function register(
  kernel: Kernel,
  containerDevice: MiscDevice,
  groupDevice: CharacterDevice,
): Registrations {
  const steps: (() => void)[] = [];
  const undo = (): void => {
    for (const step of steps.splice(0).reverse()) step();
  };
  try {
    registerContainerDevice(kernel, containerDevice);
    steps.push(() => kernel.miscDevices.deregister(containerDevice));
    const groupClass = kernel.createClass({ name: 'vfio', nodeName: (name) => `vfio/${name}` });
    steps.push(() => groupClass.destroy());
    const groupMajor = kernel.characterDevices.allocateMajor();
    steps.push(() => kernel.characterDevices.freeMajor(groupMajor));
    kernel.characterDevices.add(groupMajor, groupDevice);
    steps.push(() => kernel.characterDevices.remove(groupMajor));
    return { groupClass, groupMajor, undo };
  } catch (error) {
    undo();
    throw error;
  }
}

function registerContainerDevice(kernel: Kernel, device: MiscDevice): void {
  try {
    kernel.miscDevices.register(device);
  } catch (error) {
    kernel.log.error('vfio: misc device register failed');
    throw error;
  }
}
