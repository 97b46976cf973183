/** Groups in name only, of devices without an IOMMU: `/sys/kernel/iommu_groups/N`. */
import type { IommuGroup } from '../../iommu/iommu-group.js';
import type { Device } from '../../kernel/device.js';
import { addAttribute } from '../../kernel/sysfs.js';
import { type Directory, addLink } from '../../kernel/tree.js';

/** Shows a device in its group; the group is there as long as it has a member. */
export function showInUntranslatedGroup(
  root: Directory,
  { id, name }: IommuGroup,
  { directory, name: deviceName }: Device,
): void {
  if (directory === undefined) return;
  const group = root.directoryAt(`sys/kernel/iommu_groups/${id}`);
  if (group.get('type') === undefined) {
    if (name !== undefined) addAttribute(group, 'name', { show: () => `${name}\n` });
    addAttribute(group, 'reserved_regions', { show: () => '' });
    addAttribute(group, 'type', { mode: 0o644, show: () => 'unknown\n' });
  }
  addLink(group.directory('devices'), deviceName, directory);
  addLink(directory, 'iommu_group', group);
}

/** Takes a device, and its group with it, away. */
export function hideUntranslatedGroup(
  root: Directory,
  { id }: IommuGroup,
  { directory }: Device,
): void {
  directory?.remove('iommu_group');
  root.directoryAt('sys/kernel/iommu_groups').remove(String(id));
}
