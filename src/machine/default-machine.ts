/** The machine that there is when nobody says which. */
import type { MachineDescription } from './description.js';

/** An edu device of its own. */
export const defaultMachine: MachineDescription = {
  devices: [{ model: 'edu', addr: '0000:00:03.0' }],
};
