// The module `hypervisor`: a misc device through which programs hand VFIO groups to a part of the
// kernel, as virtual machine monitors hand them to KVM.

import type { Machine, MiscDevice } from 'uvfio';
import { Guest } from './guest.js';

/** Loads the module into a machine: from now on it has /dev/hypervisor. */
export function loadHypervisor({ kernel, vfio }: Machine): void {
  const device: MiscDevice = {
    minor: 240, // for local use: Documentation/admin-guide/devices.txt
    name: 'hypervisor',
    nodeName: 'hypervisor',
    mode: 0o666,
    owner: kernel.module('hypervisor'),
    open: () => new Guest(vfio),
  };
  kernel.miscDevices.register(device);
}
