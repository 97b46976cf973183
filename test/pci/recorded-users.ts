// What was done on the recorded machine: its devices bound to vfio-pci, then three of them opened.
import { iommuGroupOf } from '../../src/iommu/iommu-group.js';
import type { Machine } from '../../src/machine.js';
import { O_RDWR } from '../../src/uapi/file.js';
import {
  VFIO_DEVICE_SET_IRQS,
  VFIO_GROUP_GET_DEVICE_FD,
  VFIO_GROUP_SET_CONTAINER,
  VFIO_SET_IOMMU,
} from '../../src/uapi/vfio.js';
import { RECORDED_DEVICES, addOrdinaryDrivers } from './recorded-machine.js';

const TYPE1V2 = 3;
const EVENTFD_TRIGGER = 4 | 32;

/** Takes every device that was looked at, but the bridges, from its driver and gives it to vfio-pci. */
export async function bindToVfio(machine: Machine): Promise<void> {
  const { pci, kernel } = machine;
  addOrdinaryDrivers(kernel, pci);
  const driver = pci.bus.drivers.get('vfio-pci');
  for (const name of RECORDED_DEVICES) {
    const member = pci.functionAt(name);
    if (member === undefined || driver === undefined || member.isBridge) continue;
    await pci.bus.unbind(member.device, machine.task().task);
    pci.matching.setOverride(member.device, 'vfio-pci');
    pci.bus.bind(member.device, driver);
  }
}

/** Opens edu, the NVMe controller and e1000, each with its best interrupt and bus mastering. */
export function openRecordedDevices(machine: Machine): void {
  openDevice(machine, '0000:00:03.0', 1);
  openDevice(machine, '0000:01:00.0', 2);
  openDevice(machine, '0000:00:04.0', 0);
}

function openDevice(machine: Machine, name: string, interruptIndex: number): void {
  const task = machine.task();
  const device = machine.pci.functionAt(name)?.device;
  const group = device === undefined ? undefined : iommuGroupOf(device);
  const container = task.open('/dev/vfio/vfio', O_RDWR);
  const groupFile = task.open(`/dev/vfio/${group?.id}`, O_RDWR);
  task.ioctl(groupFile, VFIO_GROUP_SET_CONTAINER, words(container));
  task.ioctl(container, VFIO_SET_IOMMU, TYPE1V2);
  const text = new DataView(new ArrayBuffer(16));
  new TextEncoder().encodeInto(name, new Uint8Array(text.buffer));
  const file = task.ioctl(groupFile, VFIO_GROUP_GET_DEVICE_FD, text);
  const eventFd = task.eventfd();
  task.ioctl(file, VFIO_DEVICE_SET_IRQS, words(24, EVENTFD_TRIGGER, interruptIndex, 0, 1, eventFd));
  task.pwrite(file, Uint8Array.of(0x07, 0x01), 7 * 2 ** 40 + 4);
}

function words(...values: number[]): DataView {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, index) => {
    view.setInt32(4 * index, value, true);
  });
  return view;
}
