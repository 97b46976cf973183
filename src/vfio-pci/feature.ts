/** VFIO_DEVICE_FEATURE: of all features, entering and leaving low power. */
import { kernelError } from '../kernel/error.js';
import type { Task } from '../kernel/task.js';
import { copyFromUser } from '../kernel/user-memory.js';
import * as vfio from '../uapi/vfio.js';
import { holdEventFd } from './irq/held-event-fd.js';
import type { Session } from './session.js';

const Feature = vfio.DeviceFeature;
const Wakeup = vfio.LowPowerEntryWithWakeup;

const OPERATIONS = vfio.VFIO_DEVICE_FEATURE_GET | vfio.VFIO_DEVICE_FEATURE_SET;
const KNOWN_FLAGS = OPERATIONS | vfio.VFIO_DEVICE_FEATURE_PROBE | vfio.VFIO_DEVICE_FEATURE_MASK;

/** A request for one feature. */
interface FeatureRequest {
  readonly task: Task;
  readonly flags: number;
  /** Where the feature's data is, and how much of it. */
  readonly data: number;
  readonly dataSize: number;
}

/**
 * @throws EFAULT; EINVAL for inconsistent flags, an operation the feature lacks, too little data;
 *   ENOTTY for a feature that is not there; what the feature throws
 */
export function deviceFeature(session: Session, task: Task, argument: number): number {
  const view = Feature.create();
  copyFromUser(session.kernel, task, argument, new Uint8Array(view.buffer));
  const { argsz, flags } = Feature.decode(view);
  if (argsz < Feature.size || (flags & ~KNOWN_FLAGS) !== 0) throw kernelError('EINVAL');
  const isProbe = (flags & vfio.VFIO_DEVICE_FEATURE_PROBE) !== 0;
  if (!isProbe && (flags & OPERATIONS) === OPERATIONS) throw kernelError('EINVAL');
  const data = argument + Feature.size;
  const request = { task, flags, data, dataSize: argsz - Feature.size };
  switch (flags & vfio.VFIO_DEVICE_FEATURE_MASK) {
    case vfio.VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY:
      if (mustSet(request, 0)) session.lowPower.enter(undefined);
      return 0;
    case vfio.VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP:
      if (mustSet(request, Wakeup.size)) enterWithWakeup(session, request);
      return 0;
    case vfio.VFIO_DEVICE_FEATURE_LOW_POWER_EXIT:
      if (mustSet(request, 0)) session.lowPower.exit();
      return 0;
    default:
      throw kernelError('ENOTTY');
  }
}

/** Checks a request for a feature that can be set. True: do it; false: it was only asked for. */
function mustSet({ flags, dataSize }: FeatureRequest, needed: number): boolean {
  if ((flags & vfio.VFIO_DEVICE_FEATURE_GET) !== 0) throw kernelError('EINVAL');
  if ((flags & vfio.VFIO_DEVICE_FEATURE_PROBE) !== 0) return false;
  if ((flags & vfio.VFIO_DEVICE_FEATURE_SET) === 0) throw kernelError('EINVAL');
  if (dataSize < needed) throw kernelError('EINVAL');
  return true;
}

function enterWithWakeup(session: Session, { task, data }: FeatureRequest): void {
  const view = Wakeup.create();
  copyFromUser(session.kernel, task, data, new Uint8Array(view.buffer));
  const eventFd = holdEventFd(task, Wakeup.decode(view).wakeupEventfd);
  if (eventFd === undefined) throw kernelError('EINVAL');
  try {
    session.lowPower.enter(eventFd);
  } catch (error) {
    eventFd.put();
    throw error;
  }
}
