/** Ways to reset a function, as Linux names them in `reset_method`, and when they work. */
import {
  PCI_AF_CAP,
  PCI_AF_CAP_FLR,
  PCI_AF_CAP_TP,
  PCI_AF_CTRL,
  PCI_AF_CTRL_FLR,
  PCI_CAP_ID_AF,
  PCI_CAP_ID_EXP,
  PCI_EXP_DEVCAP,
  PCI_EXP_DEVCAP_FLR,
  PCI_EXP_DEVCTL,
  PCI_EXP_DEVCTL_BCR_FLR,
} from '../uapi/pci-regs.js';
import type { PciFunction } from './function.js';

/**
 * `flr`: function level reset (PCI Express 3.0 §6.6.2). `af_flr`: the same by the Advanced Features
 * capability. `pm`: D3hot and back. `bus`: the bus it is on, when nothing else is there.
 */
export type ResetMethod = 'flr' | 'af_flr' | 'pm' | 'bus';

/** All methods, best first, as Linux tries them. */
export const RESET_METHODS: readonly ResetMethod[] = ['flr', 'af_flr', 'pm', 'bus'];

/**
 * The methods that a function has when it is found (`pci_init_reset_methods`). Functions found later
 * on its bus do not take `bus` away again, although the reset is then refused.
 */
export function findResetMethods(member: PciFunction): readonly ResetMethod[] {
  return RESET_METHODS.filter((method) => canReset(member, method));
}

/** Whether a method would work now. */
export function canReset(member: PciFunction, method: ResetMethod): boolean {
  switch (method) {
    case 'flr':
      return hasFunctionLevelReset(member);
    case 'af_flr':
      return hasAdvancedFeaturesReset(member);
    case 'pm':
      return member.resetsOnWake;
    default:
      return member.bus.canResetFor(member);
  }
}

/** Lets software reset the function by the bits that are there for it. */
export function watchResetBits(member: PciFunction): void {
  const express = member.capability(PCI_CAP_ID_EXP);
  if (express !== undefined && hasFunctionLevelReset(member)) {
    watchBit(member, express + PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_BCR_FLR, 'flr');
  }
  const features = member.capability(PCI_CAP_ID_AF);
  if (features !== undefined && hasAdvancedFeaturesReset(member)) {
    watchBit(member, features + PCI_AF_CTRL, PCI_AF_CTRL_FLR, 'af_flr');
  }
}

function watchBit(member: PciFunction, register: number, bit: number, method: ResetMethod): void {
  const { config } = member;
  config.allow(register, 2, { writable: config.writableBits(register, 2) | bit });
  config.watch(register, 2, () => {
    if ((config.read(register, 2) & bit) !== 0) member.hardwareReset(method);
  });
}

function hasFunctionLevelReset(member: PciFunction): boolean {
  const express = member.capability(PCI_CAP_ID_EXP);
  if (express === undefined) return false;
  return (member.config.read(express + PCI_EXP_DEVCAP, 4) & PCI_EXP_DEVCAP_FLR) !== 0;
}

function hasAdvancedFeaturesReset(member: PciFunction): boolean {
  const features = member.capability(PCI_CAP_ID_AF);
  if (features === undefined) return false;
  const wanted = PCI_AF_CAP_TP | PCI_AF_CAP_FLR;
  return (member.config.read(features + PCI_AF_CAP, 1) & wanted) === wanted;
}
