/** Functions as a scan finds them: made from their plan, and taken over from firmware. */
import { DiskError } from '../kernel/disk.js';
import { PciFunction } from './function.js';
import type { FunctionPlace } from './function-place.js';
import { ModelError } from './model-guard.js';
import { type FunctionPlan, PciPlanError } from './plan.js';
import { lookAt } from './foreign-code.js';

const PCI_CLASS_SERIAL_USB = 0x0c03;

/** USB controllers are taken from firmware early, for which they are enabled once. */
export function takeFromFirmware(member: PciFunction): void {
  if (member.class >>> 8 !== PCI_CLASS_SERIAL_USB) return;
  member.enable();
  member.disable();
}

/** @throws PciPlanError when its model can't be made, or the disk of it can't be opened */
export function newFunction(plan: FunctionPlan, place: FunctionPlace): PciFunction {
  try {
    return new PciFunction(plan.description, place);
  } catch (error) {
    if (error instanceof DiskError) throw new PciPlanError(plan, error.message, error.fix);
    if (!(error instanceof ModelError)) throw error;
    const { cause } = error;
    throw new PciPlanError(plan, error.message, lookAt(cause), { cause });
  }
}
