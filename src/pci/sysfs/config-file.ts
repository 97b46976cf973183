/** `config`: configuration space as bytes, all of it for the administrator, the header for others. */
import { addBinaryAttribute } from '../../kernel/sysfs.js';
import type { Task } from '../../kernel/task.js';
import type { Directory } from '../../kernel/tree.js';
import { PCI_STD_HEADER_SIZEOF } from '../../uapi/pci-regs.js';
import type { AccessSize, ConfigSpace } from '../config-space.js';
import type { PciFunction } from '../function.js';

export function addConfigFile(member: PciFunction, directory: Directory): void {
  const { config } = member;
  addBinaryAttribute(directory, 'config', {
    mode: 0o644,
    size: config.size,
    read: (offset, count, task) => {
      const end = isAdministrator(task, directory) ? config.size : PCI_STD_HEADER_SIZEOF;
      return readBytes(config, offset, Math.min(offset + count, end));
    },
    write: (offset, bytes) => {
      writeBytes(config, offset, bytes);
      return bytes.length;
    },
  });
}

/** Whoever may administer the kernel, or owns the machine. */
export function isAdministrator(task: Task, { owner }: Directory): boolean {
  const { sysAdmin, uid } = task.credentials;
  return sysAdmin || uid === owner.uid;
}

function readBytes(config: ConfigSpace, start: number, end: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(0, end - start));
  for (let i = 0; i < bytes.length; i++) bytes[i] = config.read(start + i, 1);
  return bytes;
}

/** Writes in the largest aligned accesses, as `pci_write_config` does. */
function writeBytes(config: ConfigSpace, offset: number, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; ) {
    const size = accessSize(offset + at, bytes.length - at);
    const value =
      size === 1
        ? view.getUint8(at)
        : size === 2
          ? view.getUint16(at, true)
          : view.getUint32(at, true);
    config.write(offset + at, size, value);
    at += size;
  }
}

function accessSize(offset: number, left: number): AccessSize {
  if (offset % 4 === 0 && left >= 4) return 4;
  return offset % 2 === 0 && left >= 2 ? 2 : 1;
}
