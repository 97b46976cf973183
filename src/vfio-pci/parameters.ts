/** Parameters of the module `vfio_pci`, as `/sys/module/vfio_pci/parameters` shows and takes them. */
import { kernelError } from '../kernel/error.js';
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
    addAttribute(directory, 'disable_idle_d3', {
      show: () => booleanText(this.disableIdleD3),
      store: (text) => {
        this.disableIdleD3 = parseBoolean(text);
      },
    });
    addAttribute(directory, 'enable_sriov', {
      show: () => booleanText(this.enableSriov),
      store: (text) => {
        this.enableSriov = parseBoolean(text);
      },
    });
    addAttribute(directory, 'nointxmask', {
      show: () => booleanText(this.noIntxMask),
      store: (text) => {
        this.noIntxMask = parseBoolean(text);
      },
    });
  }
}

function booleanText(value: boolean): string {
  return value ? 'Y\n' : 'N\n';
}

/** A boolean as the kernel reads it (`kstrtobool`): its first letters decide. @throws EINVAL */
function parseBoolean(text: string): boolean {
  if (/^([yYtT1]|[oO][nN])/.test(text)) return true;
  if (/^([nNfF0]|[oO][fF])/.test(text)) return false;
  throw kernelError('EINVAL');
}
