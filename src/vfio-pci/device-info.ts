/** VFIO_DEVICE_GET_INFO. */
import { kernelError } from '../kernel/error.js';
import type { Task } from '../kernel/task.js';
import { copyFromUser, copyToUser } from '../kernel/user-memory.js';
import * as vfio from '../uapi/vfio.js';
import type { Session } from './session.js';

const Info = vfio.DeviceInfo;
/** What every caller has room for, and what those know who know of capabilities. */
const MINIMUM = Info.endOf('numIrqs');
const WITH_CAPABILITIES = Info.endOf('capOffset');

/** Filled anew by each request. */
const view = Info.create();
const bytes = new Uint8Array(view.buffer);
const header = bytes.subarray(0, MINIMUM);

/** @throws EFAULT; EINVAL when `argsz` is too small for the counts */
export function getDeviceInfo(session: Session, task: Task, argument: number): number {
  const { kernel } = session;
  copyFromUser(kernel, task, argument, header);
  const { argsz } = Info.decode(view);
  if (argsz < MINIMUM) throw kernelError('EINVAL');
  const reset = session.canReset ? vfio.VFIO_DEVICE_FLAGS_RESET : 0;
  Info.encode(view, {
    flags: vfio.VFIO_DEVICE_FLAGS_PCI | reset,
    numRegions: vfio.VFIO_PCI_NUM_REGIONS,
    numIrqs: vfio.VFIO_PCI_NUM_IRQS,
    capOffset: 0,
  });
  const length = argsz >= WITH_CAPABILITIES ? WITH_CAPABILITIES : MINIMUM;
  copyToUser(kernel, task, argument, bytes.subarray(0, length));
  return 0;
}
