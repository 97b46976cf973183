/** VFIO_DEVICE_GET_IRQ_INFO. */
import { kernelError } from '../kernel/error.js';
import type { Task } from '../kernel/task.js';
import { copyFromUser, copyToUser } from '../kernel/user-memory.js';
import * as vfio from '../uapi/vfio.js';
import type { Session } from './session.js';

const Info = vfio.IrqInfo;

/** @throws EFAULT; EINVAL for a short `argsz`, an unknown index, ERR without PCI Express */
export function getIrqInfo(session: Session, task: Task, argument: number): number {
  const { kernel, irqs, pci } = session;
  const view = Info.create();
  const bytes = new Uint8Array(view.buffer);
  copyFromUser(kernel, task, argument, bytes);
  const { argsz, index } = Info.decode(view);
  if (argsz < Info.size || index >= vfio.VFIO_PCI_NUM_IRQS) throw kernelError('EINVAL');
  if (index === vfio.VFIO_PCI_ERR_IRQ_INDEX && !pci.isExpress) throw kernelError('EINVAL');
  const kind =
    index === vfio.VFIO_PCI_INTX_IRQ_INDEX
      ? vfio.VFIO_IRQ_INFO_MASKABLE | vfio.VFIO_IRQ_INFO_AUTOMASKED
      : vfio.VFIO_IRQ_INFO_NORESIZE;
  Info.encode(view, { flags: vfio.VFIO_IRQ_INFO_EVENTFD | kind, count: irqs.count(index) });
  copyToUser(kernel, task, argument, bytes);
  return 0;
}
