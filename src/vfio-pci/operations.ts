/** What the core calls for a device bound to vfio-pci: its file's operations. */
import { kernelError } from '../kernel/error.js';
import type { Task } from '../kernel/task.js';
import * as vfio from '../uapi/vfio.js';
import type { VfioDeviceOps } from '../vfio/index.js';
import type { VfioPciDevice } from './device.js';
import { getDeviceInfo } from './device-info.js';
import { deviceFeature } from './feature.js';
import { getHotResetInfo, hotReset } from './hot-reset.js';
import { setIrqs } from './irq/set-irqs.js';
import { getIrqInfo } from './irq-info.js';
import { mapRegion } from './mmap.js';
import { readRegion, writeRegion } from './region-access.js';
import { getRegionInfo } from './region-info.js';
import type { Session } from './session.js';

export const VFIO_PCI_OPERATIONS: VfioDeviceOps<VfioPciDevice> = {
  name: 'vfio-pci',
  open(device) {
    device.open();
    return 0;
  },
  release: (device) => device.release(),
  read: (device, task, address, count, position) =>
    readRegion(sessionOf(device), task, address, count, position),
  write: (device, task, address, count, position) =>
    writeRegion(sessionOf(device), task, address, count, position),
  ioctl(device, task, command, argument) {
    const session = sessionOf(device);
    return session.serve(() => perform(device, session, task, command, argument));
  },
  mmap: (device, _task, area) => mapRegion(sessionOf(device), area),
  request: (device, count) => device.request(count),
  memory: ({ pci }) => pci.memory,
};

/** Files exist only during a use. */
function sessionOf({ session }: VfioPciDevice): Session {
  if (session === undefined) throw kernelError('ENODEV');
  return session;
}

function perform(
  device: VfioPciDevice,
  session: Session,
  task: Task,
  command: number,
  argument: number,
): number {
  switch (command) {
    case vfio.VFIO_DEVICE_GET_INFO:
      return getDeviceInfo(session, task, argument);
    case vfio.VFIO_DEVICE_GET_REGION_INFO:
      return getRegionInfo(session, task, argument);
    case vfio.VFIO_DEVICE_GET_IRQ_INFO:
      return getIrqInfo(session, task, argument);
    case vfio.VFIO_DEVICE_SET_IRQS:
      return setIrqs(session.kernel, session.irqs, task, argument);
    case vfio.VFIO_DEVICE_RESET:
      return reset(session);
    case vfio.VFIO_DEVICE_GET_PCI_HOT_RESET_INFO:
      return getHotResetInfo(session, task, argument);
    case vfio.VFIO_DEVICE_PCI_HOT_RESET:
      return hotReset(session, device.bound, task, argument);
    case vfio.VFIO_DEVICE_IOEVENTFD:
      return session.ioEventFds.request(task, argument);
    case vfio.VFIO_DEVICE_FEATURE:
      return deviceFeature(session, task, argument);
    default:
      throw kernelError('ENOTTY');
  }
}

/** VFIO_DEVICE_RESET. @throws EINVAL where GET_INFO does not advertise it; ENOTTY if it fails now */
function reset(session: Session): number {
  if (!session.canReset) throw kernelError('EINVAL');
  if (!session.reset()) throw kernelError('ENOTTY');
  return 0;
}
