/** The expansion ROM as pread reaches it: its images, then ones to the end of the BAR. */
import { kernelError } from '../kernel/error.js';
import { VFIO_PCI_ROM_REGION_INDEX } from '../uapi/vfio.js';
import { romImageSize } from './rom.js';
import type { Session } from './session.js';
import type { Window } from './window-access.js';

/**
 * The user's enable bit in the ROM's BAR does not matter, its memory decoding does.
 * @throws EINVAL without a ROM, or past its end; ENOMEM when no image can be found
 */
export function romWindow({ pci }: Session, offset: number): Window {
  const { rom } = pci;
  if (rom === undefined || offset >= rom.size) throw kernelError('EINVAL');
  const imageSize = pci.decodes('memory32') ? romImageSize(rom.image) : 0;
  if (imageSize === 0) throw kernelError('ENOMEM');
  const { image } = rom;
  return {
    region: VFIO_PCI_ROM_REGION_INDEX,
    end: rom.size,
    isMemory: true,
    excluded: { start: imageSize, end: rom.size },
    read: (at, size) => {
      let value = 0;
      for (let i = 0; i < size; i++) value |= (image[at + i] ?? 0xff) << (8 * i);
      return value >>> 0;
    },
    write: () => undefined,
  };
}
