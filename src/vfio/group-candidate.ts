/**
 * A group in the making. It hears the news of its IOMMU group already, so that nothing is missed, but
 * until it is published nobody can have got hold of it, and the news is of no consequence.
 */
import type { IommuGroup, IommuGroupEvent } from '../iommu/iommu-group.js';
import type { KernelLog } from '../kernel/log.js';
import type { Notifier } from '../kernel/notifier-chain.js';
import type { Group } from './group.js';
import { handleGroupEvent } from './group-notifier.js';

export class GroupCandidate {
  readonly iommuGroup: IommuGroup;
  /** What hears the news: of the candidate, and then of the group it becomes. */
  readonly notifier: Notifier<IommuGroupEvent>;
  /** Set when it is published. */
  group: Group | undefined;

  constructor(log: KernelLog, iommuGroup: IommuGroup) {
    this.iommuGroup = iommuGroup;
    this.notifier = (event) => {
      if (this.group !== undefined) handleGroupEvent(log, this.group, event);
    };
  }
}
