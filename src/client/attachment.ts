/** One device ready for use: container, group and device opened in order, and closed in order. */
import { Errno } from '../uapi/errno.js';
import { Container } from './container.js';
import type { VfioDevice } from './device.js';
import { VfioError } from './error.js';
import { Group } from './group.js';
import { pciDevice } from './pci-devices.js';
import type { VfioSystem } from './system.js';

export interface AttachOptions {
  /** IOMMU type for VFIO_SET_IOMMU. Default: type1, the newest version there is. */
  readonly iommuType?: number;
}

export class Attachment {
  readonly container: Container;
  readonly group: Group;
  readonly device: VfioDevice;

  private constructor(container: Container, group: Group, device: VfioDevice) {
    this.container = container;
    this.group = group;
    this.device = device;
  }

  /**
   * Opens a PCI device that is bound to vfio-pci, with a container of its own.
   *
   * @example
   * using nvme = Attachment.open(linuxSystem(), '0000:01:00.0');
   * nvme.device.bar(0).read32(0x08);
   *
   * @throws VfioError that names the step that failed; then nothing stays open
   */
  static open(system: VfioSystem, address: string, options: AttachOptions = {}): Attachment {
    const { iommuGroup } = pciDevice(system, address);
    if (iommuGroup === undefined) {
      const meaning = 'the device is in no IOMMU group: there is no IOMMU, or it is off';
      throw new VfioError(`attach ${address}`, Errno.ENODEV, { ENODEV: meaning });
    }
    const opened: { close(): void }[] = [];
    try {
      const container = Container.open(system);
      opened.push(container);
      const group = Group.open(system, iommuGroup);
      opened.push(group);
      group.setContainer(container);
      if (options.iommuType === undefined) container.setType1Iommu();
      else container.setIommu(options.iommuType);
      return new Attachment(container, group, group.openDevice(address));
    } catch (error) {
      for (const part of opened.reverse()) part.close();
      throw error;
    }
  }

  /** Closes device, group and container. Idempotent. */
  close(): void {
    this.device.close();
    this.group.close();
    this.container.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
