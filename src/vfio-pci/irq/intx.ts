/**
 * INTx for a user: an eventfd signalled when the line becomes active, which then stays masked until
 * the user unmasks it. Functions of PCI 2.3 are masked by INTx disable in their command register, which
 * the user does not see; older ones at the interrupt controller.
 */
import type { EventFd } from '../../kernel/event-fd.js';
import type { Task } from '../../kernel/task.js';
import type { PciFunction } from '../../pci/function.js';
import { PCI_COMMAND, PCI_COMMAND_INTX_DISABLE } from '../../uapi/pci-regs.js';
import { VFIO_PCI_INTX_IRQ_INDEX } from '../../uapi/vfio.js';
import { EventListener } from './event-listener.js';

export class Intx {
  readonly #pci: PciFunction;
  readonly #hasDisableBit: boolean;
  readonly #unmaskEvent = new EventListener();
  #trigger: EventFd | undefined;
  #isEnabled = false;
  #isMasked = false;
  /** INTx disable as the user set it in its command register. */
  #isDisabledByUser = false;

  /** @param noIntxMask whether to mask at the interrupt controller, INTx disable or not */
  constructor(pci: PciFunction, noIntxMask: boolean) {
    this.#pci = pci;
    this.#hasDisableBit = !noIntxMask && canDisableIntx(pci);
    if (this.#hasDisableBit) setIntxDisable(pci, false);
  }

  get isEnabled(): boolean {
    return this.#isEnabled;
  }

  /** Interrupts from now on signal `trigger`, which moves here; none: they are taken, silently. */
  enable(trigger: EventFd | undefined): void {
    this.#replaceTrigger(trigger);
    this.#isEnabled = true;
    this.#isMasked = this.#isDisabledByUser;
    if (this.#hasDisableBit) setIntxDisable(this.#pci, this.#isMasked);
    this.#pci.interrupts.enable('intx', 1, () => this.#fired());
    if (this.#isMasked && !this.#hasDisableBit) this.#pci.interrupts.maskIntx();
  }

  disable(): void {
    if (!this.#isEnabled) return;
    this.#unmaskEvent.stop();
    this.#pci.interrupts.disable();
    this.#isEnabled = false;
    this.setTrigger(undefined);
  }

  /** Replaces the eventfd. */
  setTrigger(trigger: EventFd | undefined): void {
    this.#trigger?.put();
    this.#replaceTrigger(trigger);
  }

  #replaceTrigger(trigger: EventFd | undefined): void {
    const { events, device } = this.#pci;
    const arm = { device, index: VFIO_PCI_INTX_IRQ_INDEX, vector: 0 };
    if (this.#trigger !== undefined) events.interruptArmed.publish?.({ ...arm, isArmed: false });
    this.#trigger = trigger;
    if (trigger !== undefined) events.interruptArmed.publish?.({ ...arm, isArmed: true });
  }

  /** Signals the user as an interrupt would; not while the user has INTx disabled. */
  signal(): void {
    if (!this.#isEnabled || this.#isDisabledByUser) return;
    const trigger = this.#trigger;
    this.#pci.events.interrupt.publish?.({
      device: this.#pci.device,
      kind: 'intx',
      vector: 0,
      stage: trigger === undefined ? 'unheard' : 'signalled',
    });
    trigger?.signal(1);
  }

  /** Keeps interrupts back. Whether that changed anything. */
  mask(): boolean {
    if (!this.#isEnabled) {
      // Not in use: the hardware's bit follows the user's.
      if (this.#hasDisableBit) setIntxDisable(this.#pci, true);
      return false;
    }
    if (this.#isMasked) return false;
    this.#isMasked = true;
    if (this.#hasDisableBit) setIntxDisable(this.#pci, true);
    else this.#pci.interrupts.maskIntx();
    return true;
  }

  /** Lets interrupts through again; a line that is active fires at once, and masks itself again. */
  unmask(): void {
    if (!this.#isEnabled) {
      if (this.#hasDisableBit) setIntxDisable(this.#pci, false);
      return;
    }
    if (!this.#isMasked || this.#isDisabledByUser) return;
    if (!this.#hasDisableBit) {
      this.#isMasked = false;
      this.#pci.interrupts.unmaskIntx();
    } else if (this.#pci.interrupts.isIntxPending) {
      this.signal();
    } else {
      this.#isMasked = false;
      setIntxDisable(this.#pci, false);
    }
  }

  /** An eventfd of the user's that unmasks. @throws EBADF, EINVAL, EBUSY when there is one */
  setUnmaskEvent(task: Task, fd: number): void {
    this.#unmaskEvent.start(task, fd, () => this.unmask());
  }

  removeUnmaskEvent(): void {
    this.#unmaskEvent.stop();
  }

  /** INTx disable in the user's command register. */
  setDisabledByUser(disabled: boolean): void {
    if (disabled === this.#isDisabledByUser) return;
    this.#isDisabledByUser = disabled;
    if (disabled) this.mask();
    else this.unmask();
  }

  #fired(): void {
    if (this.#isMasked) return;
    this.#isMasked = true;
    if (this.#hasDisableBit) setIntxDisable(this.#pci, true);
    else this.#pci.interrupts.maskIntx();
    this.signal();
  }
}

/** Whether INTx disable is there: since PCI 2.3 it is (`pci_intx_mask_supported`). */
function canDisableIntx(pci: PciFunction): boolean {
  const before = pci.config.read(PCI_COMMAND, 2);
  pci.config.write(PCI_COMMAND, 2, before ^ PCI_COMMAND_INTX_DISABLE);
  const after = pci.config.read(PCI_COMMAND, 2);
  pci.config.write(PCI_COMMAND, 2, before);
  return ((before ^ after) & PCI_COMMAND_INTX_DISABLE) !== 0;
}

/** The hardware's INTx disable (`pci_intx`). */
function setIntxDisable(pci: PciFunction, disabled: boolean): void {
  const before = pci.config.read(PCI_COMMAND, 2);
  const after = disabled ? before | PCI_COMMAND_INTX_DISABLE : before & ~PCI_COMMAND_INTX_DISABLE;
  if (after !== before) pci.config.write(PCI_COMMAND, 2, after);
}
