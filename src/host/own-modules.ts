/** The running uvfio as users' modules get it, whatever is installed beside them. */
import * as device from '../device.js';
import * as uvfio from '../index.js';
import * as uapi from '../uapi/index.js';

/** By the names that they are imported by. */
export const ownModules = { uvfio, 'uvfio/device': device, 'uvfio/uapi': uapi };
