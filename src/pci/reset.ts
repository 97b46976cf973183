/** Ways to reset a function, as Linux names them in `reset_method`. */

/**
 * `flr`: function level reset (PCI Express 3.0 §6.6.2). `af_flr`: the same by the Advanced Features
 * capability. `pm`: D3hot and back. `bus`: the bus it is on, when nothing else is there.
 */
export type ResetMethod = 'flr' | 'af_flr' | 'pm' | 'bus';

/** All methods, best first, as Linux tries them. */
export const RESET_METHODS: readonly ResetMethod[] = ['flr', 'af_flr', 'pm', 'bus'];
