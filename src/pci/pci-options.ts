/** What can be said of PCI in a machine when it is made. */
import type { IommuGroup } from '../iommu/iommu-group.js';
import type { Iommu } from '../iommu/iommu.js';
import type { Networks } from '../net/networks.js';

export interface PciOptions {
  /** The IOMMU that DMA goes through; without one there are no groups. */
  readonly iommu?: Iommu | undefined;
  /**
   * What happens when a driver that does DMA of its own is to be bound to a member of a group that a
   * user owns: it is refused with EBUSY, as Linux ≥ 5.19 does, or bound, which ends the machine by the
   * core's BUG. Default: `refuse`.
   */
  readonly dmaOwnership?: 'refuse' | 'panic' | undefined;
  /** Whether a user owns the DMA of a group. Default: none does. */
  readonly isGroupOwned?: (group: IommuGroup) => boolean;
  /** What NICs are plugged into. Default: perfect networks, made as NICs name them. */
  readonly networks?: Networks;
}
