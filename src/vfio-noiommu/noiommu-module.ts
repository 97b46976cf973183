/** No-IOMMU mode of the module `vfio`: its driver, its groups, and the parameter that switches it. */
import type { Kernel } from '../kernel/kernel.js';
import { addBooleanParameter } from '../kernel/module-parameter.js';
import type { Vfio } from '../vfio/index.js';
import { NoIommuDriver } from './noiommu-driver.js';
import { NoIommuGroups, type ShowMembership } from './noiommu-groups.js';

/** What can be said when the module is loaded. */
export interface NoIommuOptions {
  /** `enable_unsafe_noiommu_mode`. Default: N. */
  readonly isEnabled?: boolean;
  /** Told of members of groups without IOMMU. Default: nobody is. */
  readonly onMembership?: ShowMembership;
}

/**
 * Adds the mode to a started core.
 * @returns the groups, into which bus drivers put devices before they add them to the core
 */
export function initNoIommu(
  kernel: Kernel,
  vfio: Vfio,
  { isEnabled = false, onMembership = () => undefined }: NoIommuOptions = {},
): NoIommuGroups {
  let enabled = isEnabled;
  const isOn = (): boolean => enabled;
  addBooleanParameter(
    kernel.root.directoryAt('sys/module/vfio/parameters'),
    'enable_unsafe_noiommu_mode',
    {
      get: isOn,
      set: (value) => {
        enabled = value;
      },
    },
  );
  vfio.registerIommuDriver(new NoIommuDriver(kernel.module('vfio'), isOn));
  return new NoIommuGroups(kernel, isOn, onMembership);
}
