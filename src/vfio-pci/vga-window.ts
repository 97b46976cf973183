/** The VGA region as pread and pwrite reach it: legacy memory and ports, by their addresses. */
import { kernelError } from '../kernel/error.js';
import { VFIO_PCI_VGA_REGION_INDEX } from '../uapi/vfio.js';
import type { Session } from './session.js';
import { vgaRangeEnd } from './vga.js';
import type { Window } from './window-access.js';

/** @throws EINVAL for what is no VGA device, or outside the legacy ranges */
export function vgaWindow({ pci }: Session, offset: number): Window {
  const end = pci.isVga ? vgaRangeEnd(offset) : undefined;
  if (end === undefined) throw kernelError('EINVAL');
  return {
    region: VFIO_PCI_VGA_REGION_INDEX,
    end,
    // Legacy memory is not behind a BAR, and Linux lets it be probed whatever the command register.
    isMemory: false,
    read: (at, size) => pci.vga?.read(at, size) ?? 0xffff_ffff >>> (32 - 8 * size),
    write: (at, size, value) => pci.vga?.write(at, size, value),
  };
}
