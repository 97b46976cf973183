/**
 * Power states that a user puts its device into. A function that a return from D3hot resets has its
 * configuration kept meanwhile (`vfio_pci_set_power_state`).
 */
import type { PciFunction } from '../pci/function.js';
import {
  PCI_CAP_ID_PM,
  PCI_PM_CAP_D1,
  PCI_PM_CAP_D2,
  PCI_PM_CTRL,
  PCI_PM_CTRL_NO_SOFT_RESET,
  PCI_PM_CTRL_STATE_MASK,
  PCI_PM_PMC,
} from '../uapi/pci-regs.js';

const D0 = 0;
const D1 = 1;
const D2 = 2;
const D3HOT = 3;

export class UserPowerState {
  readonly #pci: PciFunction;
  #keptConfig: Uint8Array | undefined;

  constructor(pci: PciFunction) {
    this.#pci = pci;
  }

  /** Whether the device answers accesses at all: not in D3hot. */
  get isAwake(): boolean {
    return this.#pci.powerState !== 'D3hot';
  }

  /** Changes the state, 0 (D0) to 3 (D3hot); what can't be is left undone. */
  set(state: number): void {
    const { config } = this.#pci;
    const at = this.#pci.capability(PCI_CAP_ID_PM);
    if (at === undefined) return;
    const control = config.read(at + PCI_PM_CTRL, 2);
    const current = control & PCI_PM_CTRL_STATE_MASK;
    // From a sleeping state the way leads deeper, or to D0.
    if (state === current || (state !== D0 && current > state)) return;
    if (!this.#supports(at, state)) return;
    const losesConfig = (control & PCI_PM_CTRL_NO_SOFT_RESET) === 0;
    if (losesConfig && state === D3HOT) this.#keptConfig = config.snapshot();
    config.write(at + PCI_PM_CTRL, 2, (control & ~PCI_PM_CTRL_STATE_MASK) | state);
    if (state === D0 && this.#keptConfig !== undefined) {
      const kept = this.#keptConfig;
      this.#keptConfig = undefined;
      this.#pci.restoreConfig(kept);
    }
  }

  #supports(at: number, state: number): boolean {
    const capabilities = this.#pci.config.read(at + PCI_PM_PMC, 2);
    if (state === D1) return (capabilities & PCI_PM_CAP_D1) !== 0;
    if (state === D2) return (capabilities & PCI_PM_CAP_D2) !== 0;
    return true;
  }
}
