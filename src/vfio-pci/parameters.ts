/** Parameters of the module `vfio_pci`, as `/sys/module/vfio_pci/parameters` shows and takes them. */
import { addBooleanParameter } from '../kernel/module-parameter.js';
import { addAttribute } from '../kernel/sysfs.js';
import type { Directory } from '../kernel/tree.js';

/** Parameters that say what was decided when the module was loaded: nothing is hidden from users. */
const LOAD_PARAMETERS = ['disable_denylist', 'disable_vga'];

export class VfioPciParameters {
  /** Whether devices that nobody uses stay in D0. Taken when a device is bound. */
  disableIdleD3 = false;
  /** Whether INTx is masked at the interrupt controller only. Taken when a device is opened. */
  noIntxMask = false;
  /** Whether users may enable virtual functions. No function here has any: it changes nothing. */
  enableSriov = false;

  /** Shows the parameters in a module's directory in sysfs. */
  show(module: Directory): void {
    const directory = module.directory('parameters');
    for (const name of LOAD_PARAMETERS) addAttribute(directory, name, { show: () => 'N\n' });
    addBooleanParameter(directory, 'disable_idle_d3', {
      get: () => this.disableIdleD3,
      set: (value) => {
        this.disableIdleD3 = value;
      },
    });
    addBooleanParameter(directory, 'enable_sriov', {
      get: () => this.enableSriov,
      set: (value) => {
        this.enableSriov = value;
      },
    });
    addBooleanParameter(directory, 'nointxmask', {
      get: () => this.noIntxMask,
      set: (value) => {
        this.noIntxMask = value;
      },
    });
  }
}
