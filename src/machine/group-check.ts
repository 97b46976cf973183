/** Which IOMMU groups can't be: an IOMMU sees conventional PCI buses only as the bridge to them. */
import { formatPciAddress } from '../pci/pci-address.js';
import type { BusPlan, FunctionPlan } from '../pci/plan.js';
import { PciPlanError } from '../pci/plan.js';

/**
 * Checks that what is behind a conventional bridge, and the bridge, are not put into several groups.
 * @throws PciPlanError
 */
export function checkGroups(buses: readonly BusPlan[]): void {
  for (const { bridge, functions, children } of buses) {
    if (bridge?.description.bridge?.isolatesFunctions === false) {
      for (const member of [...functions, ...children.flatMap(functionsBelow)]) {
        checkMember(member, bridge);
      }
    } else checkGroups(children);
  }
}

function checkMember(member: FunctionPlan, bridge: FunctionPlan): void {
  if (member.group === bridge.group) return;
  const name = formatPciAddress(bridge.address);
  throw new PciPlanError(
    member,
    `an IOMMU can't tell it from the bridge ${name}, and so it can't be in another group`,
    'give both the same group, or none',
  );
}

function functionsBelow({ functions, children }: BusPlan): FunctionPlan[] {
  return [...functions, ...children.flatMap(functionsBelow)];
}
