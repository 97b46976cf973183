/** The running uvfio as users' modules get it, whatever is installed beside them. */
import { UserModules } from '../config/user-modules.js';
import * as device from '../device.js';
import * as uvfio from '../index.js';
import * as uapi from '../uapi/index.js';

/** A loader of users' modules. */
export function createUserModules(): UserModules {
  return new UserModules({ uvfio, 'uvfio/device': device, 'uvfio/uapi': uapi });
}
