/**
 * The power state of one function: the power management capability as hardware has it, and suspending
 * and resuming as the kernel does (PCI Power Management 1.2; `pci_pm_runtime_suspend` and kin).
 */
import {
  PCI_PM_CTRL,
  PCI_PM_CTRL_NO_SOFT_RESET,
  PCI_PM_CTRL_STATE_MASK,
} from '../uapi/pci-regs.js';
import type { ConfigSpace } from './config-space.js';
import { RuntimePower } from './runtime-power.js';

/** `D3cold` does not occur: nothing here loses power. */
export type PowerState = 'D0' | 'D1' | 'D2' | 'D3hot';

const POWER_STATES: readonly PowerState[] = ['D0', 'D1', 'D2', 'D3hot'];

/** What a power state belongs to. */
export interface PowerOptions {
  readonly config: ConfigSpace;
  /** Offset of the power management capability. */
  readonly capability: number | undefined;
  /** The hardware's reset on its way from D3hot to D0. */
  readonly softReset: () => void;
  /** Puts configuration space back. */
  readonly restoreConfig: (content: Uint8Array) => void;
}

export class PowerControl {
  /** Who keeps the function awake. */
  readonly runtime: RuntimePower;
  readonly #options: PowerOptions;
  #state: PowerState = 'D0';
  #suspendedConfig: Uint8Array | undefined;

  constructor(options: PowerOptions) {
    this.#options = options;
    this.runtime = new RuntimePower({
      suspend: () => this.#suspend(),
      resume: () => this.#resume(),
    });
    const { config, capability } = options;
    if (capability === undefined) return;
    config.watch(capability + PCI_PM_CTRL, 2, () => this.update());
  }

  get state(): PowerState {
    return this.#state;
  }

  /** Whether it can be put into power states at all. */
  get hasStates(): boolean {
    return this.#options.capability !== undefined;
  }

  /** Whether leaving D3hot resets the function. */
  get resetsOnWake(): boolean {
    return this.hasStates && (this.#control & PCI_PM_CTRL_NO_SOFT_RESET) === 0;
  }

  /** The state after a reset. */
  powerOn(): void {
    this.#state = 'D0';
  }

  /** Takes the state that the register has now; D3hot to D0 may reset (§5.4.1). */
  update(): void {
    if (!this.hasStates) return;
    const state = POWER_STATES[this.#control & PCI_PM_CTRL_STATE_MASK] ?? 'D0';
    const wakes = this.#state === 'D3hot' && state === 'D0';
    this.#state = state;
    if (wakes && this.resetsOnWake) this.#options.softReset();
  }

  get #control(): number {
    const { config, capability } = this.#options;
    return capability === undefined ? 0 : config.read(capability + PCI_PM_CTRL, 2);
  }

  /** Into D3hot, configuration space kept. */
  #suspend(): void {
    const { config, capability } = this.#options;
    if (capability === undefined) return;
    this.#suspendedConfig = config.snapshot();
    config.write(capability + PCI_PM_CTRL, 2, this.#control | PCI_PM_CTRL_STATE_MASK);
  }

  /** Back to D0, configuration space as it was. */
  #resume(): void {
    const { config, capability, restoreConfig } = this.#options;
    if (capability === undefined) return;
    config.write(capability + PCI_PM_CTRL, 2, this.#control & ~PCI_PM_CTRL_STATE_MASK);
    if (this.#suspendedConfig !== undefined) restoreConfig(this.#suspendedConfig);
    this.#suspendedConfig = undefined;
  }
}
