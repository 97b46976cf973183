/** Groups come to a sPAPR container and leave it; the container ends. */
import type { IommuGroup } from '../iommu/iommu-group.js';
import { kernelError } from '../kernel/error.js';
import { disable } from './enable.js';
import { PartitionableEndpoint } from './partitionable-endpoint.js';
import { releaseRegion } from './registered-memory.js';
import type { TceContainer } from './tce-container.js';

/**
 * @throws EINVAL for v2 where windows can't be made; EBUSY when the group is attached, or for v1 when
 *   any is; ENOMEM by fault
 */
export function attachGroup(container: TceContainer, group: IommuGroup): void {
  const { kernel, groups, hardware, isV2 } = container;
  if (isV2 && hardware.dynamicWindows === 0) throw kernelError('EINVAL');
  if (!isV2 && groups.size > 0) throw kernelError('EBUSY');
  if (groups.has(group)) {
    kernel.log.warning(`tce_vfio: already attached group #${group.id}`);
    throw kernelError('EBUSY');
  }
  kernel.faults.checkAllocation();
  // Later groups get the windows that there are.
  if (groups.size === 0 && container.tables[0] === undefined)
    container.isDefaultWindowPending = true;
  groups.set(group, new PartitionableEndpoint(group, container.domain));
}

export function detachGroup(container: TceContainer, group: IommuGroup): void {
  const endpoint = container.groups.get(group);
  if (endpoint === undefined) {
    container.kernel.log.warning(`tce_vfio: detaching unattached group #${group.id}`);
    return;
  }
  container.groups.delete(group);
  endpoint.detach();
}

/** Gives everything back: groups, windows with what is mapped in them, memory. */
export function releaseContainer(container: TceContainer): void {
  const { groups, tables, regions, memory } = container;
  for (const group of [...groups.keys()]) detachGroup(container, group);
  for (const table of tables) if (table !== undefined) container.dropTable(table);
  if (memory !== undefined) {
    for (const region of [...regions]) releaseRegion(container, memory, region);
  }
  disable(container);
}
