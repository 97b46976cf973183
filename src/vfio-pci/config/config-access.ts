/** pread and pwrite of configuration space: all or nothing, in accesses within one capability. */
import type { RegisterAccess } from '../../kernel/diagnostics.js';
import { kernelError } from '../../kernel/error.js';
import type { Task } from '../../kernel/task.js';
import { copyFromUser, copyToUser } from '../../kernel/user-memory.js';
import type { PciFunction } from '../../pci/function.js';
import { VFIO_PCI_CONFIG_REGION_INDEX } from '../../uapi/vfio.js';
import type { Session } from '../session.js';

/** @throws EFAULT past the end, across it, or for a bad buffer */
export function readConfig(
  { kernel, config, pci }: Session,
  task: Task,
  address: number,
  count: number,
  offset: number,
): number {
  if (offset + count > config.size) throw kernelError('EFAULT');
  const bytes = new Uint8Array(count);
  for (let done = 0; done < count; ) {
    const size = config.accessSize(offset + done, count - done);
    const value = config.read(offset + done, size);
    tell(pci, { offset: offset + done, size, value, isWrite: false });
    for (let i = 0; i < size; i++) bytes[done + i] = value >>> (8 * i);
    done += size;
  }
  copyToUser(kernel, task, address, bytes);
  return count;
}

/** @throws EFAULT past the end, across it, or for a bad buffer */
export function writeConfig(
  { kernel, config, pci }: Session,
  task: Task,
  address: number,
  count: number,
  offset: number,
): number {
  if (offset + count > config.size) throw kernelError('EFAULT');
  const bytes = new Uint8Array(count);
  copyFromUser(kernel, task, address, bytes);
  for (let done = 0; done < count; ) {
    const size = config.accessSize(offset + done, count - done);
    let value = 0;
    for (let i = 0; i < size; i++) value |= (bytes[done + i] ?? 0) << (8 * i);
    tell(pci, { offset: offset + done, size, value: value >>> 0, isWrite: true });
    config.write(offset + done, size, value >>> 0);
    done += size;
  }
  return count;
}

function tell(
  { events, device }: PciFunction,
  access: Pick<RegisterAccess, 'offset' | 'size' | 'value' | 'isWrite'>,
): void {
  const region = VFIO_PCI_CONFIG_REGION_INDEX;
  events.register.publish?.({ device, region, isMapped: false, ...access });
}
