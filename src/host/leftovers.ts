/** What a machine still holds on account of programs when all of them are gone: nothing, or uvfio has a bug. */
import type { Machine } from '../machine.js';

/** Modules whose references are held by users of VFIO. */
const MODULES = ['vfio', 'vfio_pci', 'vfio_iommu_type1', 'vfio_iommu_spapr_tce'] as const;

/** A line for each thing that was not given back. */
export function leftoversOf(machine: Machine): string[] {
  return MODULES.flatMap((name) => {
    const { references } = machine.kernel.module(name);
    return references === 0 ? [] : [`module ${name} is still held by ${references} user(s)`];
  });
}
