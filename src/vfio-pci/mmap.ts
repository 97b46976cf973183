/** mmap of a device's file: shared mappings of whole pages of a BAR. */
import { kernelError } from '../kernel/error.js';
import type { MemoryArea } from '../kernel/file.js';
import { mappedSize } from '../pci/bar.js';
import { PAGE_SIZE } from '../uapi/file.js';
import { isBarMappable, regionPosition } from './region.js';
import type { Session } from './session.js';

/**
 * A BAR smaller than a page is mapped with the rest of the page. Decoding need not be on.
 * @throws EINVAL for a private mapping, what is no mappable BAR, or past its last page
 */
export function mapRegion(session: Session, area: MemoryArea): number {
  const { pci } = session;
  const { index, offset } = regionPosition(area.pageOffset * PAGE_SIZE);
  if (!area.isShared) throw kernelError('EINVAL');
  const bar = pci.bars[index];
  if (bar?.bytes === undefined || !isBarMappable(pci, bar)) throw kernelError('EINVAL');
  const length = mappedSize(area.length);
  if (offset + length > mappedSize(bar.size)) throw kernelError('EINVAL');
  session.mapped(bar);
  area.backing = { bytes: bar.bytes.subarray(offset, offset + length) };
  return 0;
}
