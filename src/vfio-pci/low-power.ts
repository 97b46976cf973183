/**
 * Low power entered by DEVICE_FEATURE: the kernel suspends the device while no request is being
 * served, and the first one that needs it wakes it. With a wakeup eventfd, waking up ends low power.
 * Linux suspends some time after the request; here it is done as the request ends.
 */
import type { EventFd } from '../kernel/event-fd.js';
import { kernelError } from '../kernel/error.js';
import type { PciFunction } from '../pci/function.js';
import type { Intx } from './irq/intx.js';
import type { UserPowerState } from './power-state.js';

export class LowPower {
  readonly #pci: PciFunction;
  readonly #intx: Intx;
  readonly #powerState: UserPowerState;
  #isEngaged = false;
  #wakeup: EventFd | undefined;
  #maskedIntx = false;

  constructor(pci: PciFunction, intx: Intx, powerState: UserPowerState) {
    this.#pci = pci;
    this.#intx = intx;
    this.#powerState = powerState;
  }

  get isEngaged(): boolean {
    return this.#isEngaged;
  }

  /** Lets the device sleep. `wakeup` moves here. @throws EINVAL when it may already */
  enter(wakeup: EventFd | undefined): void {
    if (this.#isEngaged) throw kernelError('EINVAL');
    this.#isEngaged = true;
    this.#wakeup = wakeup;
    this.#pci.power.put();
  }

  /** Keeps the device awake again. Nothing happens unless it may sleep. */
  exit(): void {
    if (!this.#isEngaged) return;
    this.#isEngaged = false;
    this.#wakeup?.put();
    this.#wakeup = undefined;
    this.#pci.power.get();
  }

  /** Does what needs the device awake. */
  whileAwake<T>(action: () => T): T {
    this.#wake();
    try {
      return action();
    } finally {
      this.#sleep();
    }
  }

  #wake(): void {
    const { power } = this.#pci;
    const wasSuspended = power.isSuspended;
    power.get();
    if (!wasSuspended) return;
    if (this.#wakeup !== undefined) {
      this.#wakeup.signal(1);
      this.exit();
    }
    if (this.#maskedIntx) this.#intx.unmask();
    this.#maskedIntx = false;
  }

  #sleep(): void {
    const { power } = this.#pci;
    if (power.usage === 1 && power.isAllowed) {
      // The last use ends. The kernel's own D3hot begins from D0, with INTx quiet.
      this.#powerState.set(0);
      this.#maskedIntx = this.#intx.isEnabled && this.#intx.mask();
    }
    power.put();
  }
}
