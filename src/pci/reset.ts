/** Ways to reset a function, as Linux names them in `reset_method`. */

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
  return RESET_METHODS.filter((method) => member.canReset(method));
}
