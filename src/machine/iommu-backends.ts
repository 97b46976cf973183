/** IOMMU back ends, loaded as modules when the VFIO core asks for them. */
import type { Kernel } from '../kernel/kernel.js';
import type { Vfio } from '../vfio/index.js';
import type { IommuBackend } from './description.js';

export function loadIommuBackend(
  _name: string,
  _backends: readonly IommuBackend[],
  _kernel: Kernel,
  _vfio: Vfio,
): void {}
