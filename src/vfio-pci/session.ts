/**
 * One use of a device: from its first opening to the last close. All that a user can change lives
 * here or in the function itself, which is reset and put back at the end; the next user finds a
 * device that nobody has used.
 */
import { KernelError } from '../kernel/error.js';
import type { Kernel } from '../kernel/kernel.js';
import type { Bar } from '../pci/bar.js';
import type { PciFunction } from '../pci/function.js';
import { PCI_COMMAND, PCI_COMMAND_INTX_DISABLE } from '../uapi/pci-regs.js';
import { type ConfigEffects, VirtualConfig } from './config/virtual-config.js';
import { IoEventFds } from './ioeventfd.js';
import { Irqs } from './irq/irqs.js';
import { LowPower } from './low-power.js';
import { type MsixTable, msixTableOf } from './msix-table.js';
import type { VfioPciParameters } from './parameters.js';
import { UserPowerState } from './power-state.js';

export class Session {
  readonly kernel: Kernel;
  readonly pci: PciFunction;
  readonly irqs: Irqs;
  readonly config: VirtualConfig;
  readonly powerState: UserPowerState;
  readonly lowPower: LowPower;
  readonly ioEventFds: IoEventFds;
  readonly msixTable: MsixTable | undefined;
  /** Whether the function could be reset when it was opened, and so is said to be resettable. */
  readonly canReset: boolean;
  readonly #savedConfig: Uint8Array;
  /** Whether a client may have a BAR mapped. */
  #isMapped = false;

  /** Wakes the function, enables it without bus mastering and resets it if it can be. */
  constructor(kernel: Kernel, pci: PciFunction, { noIntxMask }: VfioPciParameters) {
    this.kernel = kernel;
    this.pci = pci;
    pci.power.get();
    pci.setMaster(false);
    pci.enable();
    this.canReset = tryReset(pci);
    this.#savedConfig = pci.config.snapshot();
    this.irqs = new Irqs(pci, noIntxMask);
    this.powerState = new UserPowerState(pci);
    this.lowPower = new LowPower(pci, this.irqs.intx, this.powerState);
    this.config = new VirtualConfig(pci, this.#configEffects());
    this.msixTable = msixTableOf(pci);
    this.ioEventFds = new IoEventFds(this);
  }

  /**
   * Whether memory BARs answer: decoding on, as the user sees it, and not in D3hot
   * (`__vfio_pci_memory_enabled`).
   */
  get isMemoryEnabled(): boolean {
    return this.powerState.isAwake && this.config.isMemoryEnabled;
  }

  /** A client has mapped a part of a BAR. */
  mapped(bar: Bar): void {
    this.#isMapped = true;
    bar.setMapped(true);
    this.#updateMappings();
  }

  /** Serves a request: the device is awake meanwhile, and mappings follow what it has changed. */
  serve<T>(request: () => T): T {
    try {
      return this.lowPower.whileAwake(request);
    } finally {
      this.#updateMappings();
    }
  }

  /** Mapped BARs are SIGBUS to touch while memory is not enabled, and in low power. */
  #updateMappings(): void {
    if (!this.#isMapped) return;
    this.pci.memory.setReachable?.(this.isMemoryEnabled && !this.lowPower.isEngaged);
  }

  /** Resets the function with its configuration kept, from D0. Whether that was possible. */
  reset(): boolean {
    this.powerState.set(0);
    return tryReset(this.pci);
  }

  /**
   * Stops the function, resets it if it can be, and puts its configuration back.
   * @returns whether it was reset
   */
  close(): boolean {
    const { pci } = this;
    // A mapping keeps the device's file open, so there is none any more.
    for (const bar of pci.bars) bar?.setMapped(false);
    if (this.#isMapped) pci.memory.setReachable?.(true);
    this.lowPower.exit();
    this.powerState.set(0);
    pci.setMaster(false);
    this.irqs.disable();
    this.ioEventFds.removeAll();
    pci.config.write(PCI_COMMAND, 2, PCI_COMMAND_INTX_DISABLE);
    const wasReset = this.canReset && tryReset(pci);
    pci.restoreConfig(this.#savedConfig);
    pci.disable();
    pci.power.put();
    return wasReset;
  }

  #configEffects(): ConfigEffects {
    return {
      setIntxDisabled: (disabled) => this.irqs.intx.setDisabledByUser(disabled),
      setPowerState: (state) => this.powerState.set(state),
      resetFunction: () => {
        this.reset();
      },
      isMsiEnabled: () => this.irqs.enabled === 'msi',
      msiQueueLimit: () => this.irqs.msi.queueLimit,
    };
  }
}

function tryReset(pci: PciFunction): boolean {
  try {
    pci.reset();
    return true;
  } catch (error) {
    if (error instanceof KernelError && error.code === 'ENOTTY') return false;
    throw error;
  }
}
