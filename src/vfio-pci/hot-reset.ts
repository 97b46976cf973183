/**
 * VFIO_DEVICE_GET_PCI_HOT_RESET_INFO and VFIO_DEVICE_PCI_HOT_RESET: resetting a whole bus, for users
 * who own everything that is on it.
 */
import { iommuGroupOf } from '../iommu/iommu-group.js';
import { kernelError } from '../kernel/error.js';
import type { Task } from '../kernel/task.js';
import { copyFromUser, copyToUser } from '../kernel/user-memory.js';
import type { PciFunction } from '../pci/function.js';
import * as vfio from '../uapi/vfio.js';
import type { ExternalUser } from '../vfio/index.js';
import type { BoundDevices } from './bound-devices.js';
import type { Session } from './session.js';

const Info = vfio.PciHotResetInfo;
const Dependent = vfio.PciDependentDevice;
const Request = vfio.PciHotReset;

/**
 * Tells which functions a hot reset would affect, in whose groups.
 * @throws EFAULT; EINVAL for a short `argsz`; ENODEV on a root bus; ENOSPC, with the number needed,
 *   for an `argsz` without room; EPERM for a function in no group
 */
export function getHotResetInfo(session: Session, task: Task, argument: number): number {
  const { kernel } = session;
  const view = Info.create();
  const bytes = new Uint8Array(view.buffer);
  copyFromUser(kernel, task, argument, bytes);
  const { argsz } = Info.decode(view);
  if (argsz < Info.size) throw kernelError('EINVAL');
  const affected = affectedFunctions(session.pci);
  Info.encode(view, { flags: 0, count: affected.length });
  if (argsz < Info.size + affected.length * Dependent.size) {
    copyToUser(kernel, task, argument, bytes);
    throw kernelError('ENOSPC');
  }
  const devices = encodeDependents(affected);
  copyToUser(kernel, task, argument, bytes);
  copyToUser(kernel, task, argument + Info.size, devices);
  return 0;
}

function encodeDependents(affected: readonly PciFunction[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(affected.length * Dependent.size));
  affected.forEach(({ address, device }, i) => {
    const group = iommuGroupOf(device);
    if (group === undefined) throw kernelError('EPERM');
    const { domain, bus, slot, function: number } = address;
    const place = { segment: domain, bus, devfn: (slot << 3) | number };
    Dependent.encode(view, { groupId: group.id, ...place }, i * Dependent.size);
  });
  return new Uint8Array(view.buffer);
}

/**
 * Resets the bus. The caller shows, by their files, the groups of everything on it.
 * @throws EFAULT; EINVAL for a short `argsz`, flags, a number of groups that can't be, what is no
 *   usable group's file, or a function that is not in one of the groups or not bound to vfio-pci;
 *   ENODEV on a root bus; EBADF
 */
export function hotReset(
  session: Session,
  bound: BoundDevices,
  task: Task,
  argument: number,
): number {
  const { kernel } = session;
  const view = Request.create();
  copyFromUser(kernel, task, argument, new Uint8Array(view.buffer));
  const { argsz, flags, count } = Request.decode(view);
  if (argsz < Request.size || flags !== 0) throw kernelError('EINVAL');
  const affected = affectedFunctions(session.pci);
  if (count === 0 || count > affected.length) throw kernelError('EINVAL');
  const fds = new DataView(new ArrayBuffer(4 * count));
  copyFromUser(kernel, task, argument + Request.size, new Uint8Array(fds.buffer));
  const users: ExternalUser[] = [];
  try {
    for (let i = 0; i < count; i++) users.push(groupOf(bound, task, fds.getInt32(4 * i, true)));
    const groups = new Set(users.map(({ iommuId }) => iommuId));
    for (const { device } of affected) {
      const isOwned = groups.has(iommuGroupOf(device)?.id ?? -1);
      if (!isOwned || bound.get(device) === undefined) throw kernelError('EINVAL');
    }
    for (const { device } of affected) bound.get(device)?.session?.powerState.set(0);
    session.pci.bus.reset();
  } finally {
    for (const user of users) user.put();
  }
  return 0;
}

/** Holds the group open in a descriptor. @throws EBADF, EINVAL */
function groupOf(bound: BoundDevices, task: Task, fd: number): ExternalUser {
  const file = task.files.get(fd);
  if (file !== undefined) return bound.vfio.externalUser(file);
  // Not one of ours: nothing, or a file of somebody else's, which is no group.
  task.files.getEventFd(fd).put();
  throw kernelError('EINVAL');
}

/** Everything that a reset of the function's bus resets. @throws ENODEV on a root bus */
function affectedFunctions({ bus }: PciFunction): readonly PciFunction[] {
  if (bus.bridge === undefined) throw kernelError('ENODEV');
  return bus.functionsBelow;
}
