/**
 * pread and pwrite of a device's file: regions by file offset. Accesses are cut into aligned ones of
 * 4, 2 and 1 bytes, each made exactly so at the device.
 */
import { kernelError } from '../kernel/error.js';
import type { FilePosition } from '../kernel/file.js';
import type { Task } from '../kernel/task.js';
import * as vfio from '../uapi/vfio.js';
import { barWindow } from './bar-window.js';
import { readConfig, writeConfig } from './config/config-access.js';
import { regionPosition } from './region.js';
import { romWindow } from './rom-window.js';
import type { Session } from './session.js';
import { vgaWindow } from './vga-window.js';
import { type Window, readWindow, writeWindow } from './window-access.js';

/**
 * Reads. A BAR or ROM is read up to its end.
 * @throws EINVAL for an absent region or past its end; EIO with decoding off; EFAULT, also past the
 *   end of configuration space; ENOMEM for a ROM that does not answer
 */
export function readRegion(
  session: Session,
  task: Task,
  address: number,
  count: number,
  position: FilePosition,
): number {
  if (count === 0) return 0;
  const { index, offset } = regionPosition(position.offset);
  if (index >= vfio.VFIO_PCI_NUM_REGIONS) throw kernelError('EINVAL');
  return session.serve(() => {
    const done =
      index === vfio.VFIO_PCI_CONFIG_REGION_INDEX
        ? readConfig(session, task, address, count, offset)
        : readWindow(session, windowOf(session, index, offset), { task, address, count, offset });
    position.offset += done;
    return done;
  });
}

/** Writes; see `readRegion`. @throws EINVAL for a ROM as well */
export function writeRegion(
  session: Session,
  task: Task,
  address: number,
  count: number,
  position: FilePosition,
): number {
  if (count === 0) return 0;
  const { index, offset } = regionPosition(position.offset);
  if (index >= vfio.VFIO_PCI_NUM_REGIONS) throw kernelError('EINVAL');
  return session.serve(() => {
    if (index === vfio.VFIO_PCI_ROM_REGION_INDEX) throw kernelError('EINVAL');
    const done =
      index === vfio.VFIO_PCI_CONFIG_REGION_INDEX
        ? writeConfig(session, task, address, count, offset)
        : writeWindow(session, windowOf(session, index, offset), { task, address, count, offset });
    position.offset += done;
    return done;
  });
}

function windowOf(session: Session, index: number, offset: number): Window {
  if (index === vfio.VFIO_PCI_ROM_REGION_INDEX) return romWindow(session, offset);
  if (index === vfio.VFIO_PCI_VGA_REGION_INDEX) return vgaWindow(session, offset);
  return barWindow(session, index, offset);
}
