/**
 * VFIO_EEH_PE_OP: enhanced error handling, by which users find out that errors have stopped their
 * devices, reset them and let them go on. Operations are for all groups of the container.
 */
import { kernelError } from '../kernel/error.js';
import type { Task } from '../kernel/task.js';
import { copyFromUser } from '../kernel/user-memory.js';
import * as abi from '../uapi/vfio-spapr.js';
import type { PartitionableEndpoint } from './partitionable-endpoint.js';
import type { TceContainer } from './tce-container.js';

/** Errors on loads and stores, of 32 and 64 bits (`EEH_ERR_TYPE_…`). */
const ERROR_TYPES = [0, 1];
/** `EEH_ERR_FUNC_MAX` */
const LAST_ERROR_FUNCTION = 19;

/** @returns the state for GET_STATE, else 0. @throws ENOTTY without EEH; EFAULT; EINVAL */
export function eehOperation(container: TceContainer, task: Task, argument: number): number {
  if (!container.hardware.hasEeh) throw kernelError('ENOTTY');
  let result = 0;
  for (const endpoint of container.groups.values()) {
    result = operate(container, task, { endpoint, argument });
    if (result !== 0) return result;
  }
  return result;
}

interface Operation {
  readonly endpoint: PartitionableEndpoint;
  readonly argument: number;
}

function operate(container: TceContainer, task: Task, { endpoint, argument }: Operation): number {
  const view = abi.EehPeOp.create();
  copyFromUser(container.kernel, task, argument, new Uint8Array(view.buffer));
  const { argsz, flags, op } = abi.EehPeOp.decode(view);
  if (argsz < abi.EehPeOp.size || flags !== 0) throw kernelError('EINVAL');
  switch (op) {
    case abi.VFIO_EEH_PE_DISABLE:
    case abi.VFIO_EEH_PE_ENABLE:
      endpoint.isEehEnabled = op === abi.VFIO_EEH_PE_ENABLE;
      return 0;
    case abi.VFIO_EEH_PE_UNFREEZE_IO:
      endpoint.unfreezeIo();
      return 0;
    case abi.VFIO_EEH_PE_UNFREEZE_DMA:
      endpoint.unfreezeDma();
      return 0;
    case abi.VFIO_EEH_PE_GET_STATE:
      return stateOf(endpoint);
    case abi.VFIO_EEH_PE_RESET_DEACTIVATE:
    case abi.VFIO_EEH_PE_RESET_HOT:
    case abi.VFIO_EEH_PE_RESET_FUNDAMENTAL:
      endpoint.setReset(op !== abi.VFIO_EEH_PE_RESET_DEACTIVATE);
      return 0;
    case abi.VFIO_EEH_PE_CONFIGURE:
      return 0;
    case abi.VFIO_EEH_PE_INJECT_ERR:
      return injectError(container, task, { endpoint, argument });
    default:
      throw kernelError('EINVAL');
  }
}

function stateOf(endpoint: PartitionableEndpoint): number {
  if (endpoint.isInReset) return abi.VFIO_EEH_PE_STATE_RESET;
  if (endpoint.isIoStopped) return abi.VFIO_EEH_PE_STATE_STOPPED;
  return endpoint.isDmaStopped ? abi.VFIO_EEH_PE_STATE_STOPPED_DMA : abi.VFIO_EEH_PE_STATE_NORMAL;
}

function injectError(container: TceContainer, task: Task, operation: Operation): number {
  const { endpoint, argument } = operation;
  const view = abi.EehPeError.create();
  copyFromUser(container.kernel, task, argument, new Uint8Array(view.buffer));
  const { argsz, type, func } = abi.EehPeError.decode(view);
  if (argsz < abi.EehPeError.size) throw kernelError('EINVAL');
  if (!ERROR_TYPES.includes(type) || func > LAST_ERROR_FUNCTION) throw kernelError('EINVAL');
  if (endpoint.isEehEnabled) endpoint.freeze();
  return 0;
}
