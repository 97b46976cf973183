/** VFIO_DEVICE_SET_IRQS: the checks that are the same for all interrupts, and who does the rest. */
import { kernelError } from '../../kernel/error.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { Task } from '../../kernel/task.js';
import { copyFromUser } from '../../kernel/user-memory.js';
import * as vfio from '../../uapi/vfio.js';
import { setIntx } from './intx-requests.js';
import { triggerMsi } from './msi-requests.js';
import type { Irqs } from './irqs.js';
import { triggerSingle } from './single-trigger-requests.js';

/** What a request carries beside its range. */
export type IrqData =
  | { readonly type: 'none' }
  | { readonly type: 'bool'; readonly values: Uint8Array }
  | { readonly type: 'eventfd'; readonly fds: readonly number[] };

/** A request that has passed the general checks. */
export interface IrqRequest {
  readonly action: 'mask' | 'unmask' | 'trigger';
  readonly start: number;
  readonly count: number;
  readonly data: IrqData;
}

const HEADER = vfio.IrqSet;
/** Filled anew by each request. */
const headerView = HEADER.create();
const headerBytes = new Uint8Array(headerView.buffer);
const NO_BYTES = new Uint8Array(0);
const KNOWN_FLAGS = vfio.VFIO_IRQ_SET_DATA_TYPE_MASK | vfio.VFIO_IRQ_SET_ACTION_TYPE_MASK;

/**
 * @throws EFAULT for a bad pointer; EINVAL for what is inconsistent or out of range; ENOTTY for an
 *   action the interrupt does not have, or none or several; what the interrupt throws
 */
export function setIrqs(kernel: Kernel, irqs: Irqs, task: Task, argument: number): number {
  copyFromUser(kernel, task, argument, headerBytes);
  const header = HEADER.decode(headerView);
  const bytesEach = checkHeader(header, irqs.count(header.index));
  const length = header.count * bytesEach;
  const bytes = length > 0 ? new Uint8Array(length) : NO_BYTES;
  if (length > 0) copyFromUser(kernel, task, argument + HEADER.size, bytes);
  const action = ACTIONS.get(header.flags & vfio.VFIO_IRQ_SET_ACTION_TYPE_MASK);
  if (action === undefined) throw kernelError('ENOTTY');
  const { start, count } = header;
  const request = { action, start, count, data: decodeData(header.flags, bytes) };
  perform(irqs, task, header.index, request);
  return 0;
}

const ACTIONS: ReadonlyMap<number, IrqRequest['action']> = new Map([
  [vfio.VFIO_IRQ_SET_ACTION_MASK, 'mask'],
  [vfio.VFIO_IRQ_SET_ACTION_UNMASK, 'unmask'],
  [vfio.VFIO_IRQ_SET_ACTION_TRIGGER, 'trigger'],
]);

/** Bytes of data for each interrupt (`vfio_set_irqs_validate_and_prepare`). @throws EINVAL */
function checkHeader(header: ReturnType<typeof HEADER.decode>, available: number): number {
  const { argsz, flags, index, start, count } = header;
  if (argsz < HEADER.size) throw kernelError('EINVAL');
  if (index >= vfio.VFIO_PCI_NUM_IRQS || (flags & ~KNOWN_FLAGS) !== 0) throw kernelError('EINVAL');
  if (start >= available || start + count > available) throw kernelError('EINVAL');
  const bytesEach = BYTES_OF_DATA.get(flags & vfio.VFIO_IRQ_SET_DATA_TYPE_MASK);
  if (bytesEach === undefined) throw kernelError('EINVAL');
  if (argsz - HEADER.size < count * bytesEach) throw kernelError('EINVAL');
  return bytesEach;
}

const BYTES_OF_DATA: ReadonlyMap<number, number> = new Map([
  [vfio.VFIO_IRQ_SET_DATA_NONE, 0],
  [vfio.VFIO_IRQ_SET_DATA_BOOL, 1],
  [vfio.VFIO_IRQ_SET_DATA_EVENTFD, 4],
]);

function decodeData(flags: number, bytes: Uint8Array): IrqData {
  if ((flags & vfio.VFIO_IRQ_SET_DATA_NONE) !== 0) return { type: 'none' };
  if ((flags & vfio.VFIO_IRQ_SET_DATA_BOOL) !== 0) return { type: 'bool', values: bytes };
  const view = new DataView(bytes.buffer);
  const fds = Array.from({ length: bytes.length / 4 }, (_, i) => view.getInt32(4 * i, true));
  return { type: 'eventfd', fds };
}

function perform(irqs: Irqs, task: Task, index: number, request: IrqRequest): void {
  if (index === vfio.VFIO_PCI_INTX_IRQ_INDEX) {
    setIntx(irqs, task, request);
    return;
  }
  // Masking single vectors is not supported by Linux.
  if (request.action !== 'trigger') throw kernelError('ENOTTY');
  if (index === vfio.VFIO_PCI_MSI_IRQ_INDEX) triggerMsi(irqs, task, 'msi', request);
  else if (index === vfio.VFIO_PCI_MSIX_IRQ_INDEX) triggerMsi(irqs, task, 'msix', request);
  else if (index === vfio.VFIO_PCI_ERR_IRQ_INDEX) triggerSingle(irqs.error, task, request);
  else triggerSingle(irqs.request, task, request);
}
