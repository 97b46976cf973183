/** `power` of a function. */
import { addPowerDirectory, addWakeupAttributes } from '../../kernel/power-sysfs.js';
import type { Directory } from '../../kernel/tree.js';
import { PCI_CAP_ID_EXP, PCI_EXP_FLAGS, PCI_EXP_TYPE_ROOT_PORT } from '../../uapi/pci-regs.js';
import type { PciFunction } from '../function.js';

export function addFunctionPower(member: PciFunction, directory: Directory): void {
  const { power } = member;
  const attributes = addPowerDirectory(directory, {
    get isAllowed() {
      return power.isAllowed;
    },
    get isSuspended() {
      return power.isSuspended;
    },
    get usage() {
      return power.usage;
    },
    get activeChildren() {
      const children = member.secondaryBus?.functions ?? [];
      return children.filter((child) => !child.power.isSuspended).length;
    },
    allow: () => power.allow(),
    forbid: () => power.forbid(),
  });
  if (canWake(member)) addWakeupAttributes(attributes);
}

/**
 * Functions with power management, those in slots, which firmware can wake, and root ports, which
 * receive the wake-up messages of others.
 */
function canWake(member: PciFunction): boolean {
  if (member.hasPowerManagement || member.bus.bridge !== undefined) return true;
  const express = member.capability(PCI_CAP_ID_EXP);
  if (express === undefined) return false;
  return ((member.config.read(express + PCI_EXP_FLAGS, 2) >> 4) & 0xf) === PCI_EXP_TYPE_ROOT_PORT;
}
