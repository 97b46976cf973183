/**
 * MSI and MSI-X for a user: a number of vectors, allocated at once, each with an eventfd or, for the
 * time being, without one. Message addresses and data are the kernel's; users never see them.
 */
import { kernelError } from '../../kernel/error.js';
import type { EventFd } from '../../kernel/event-fd.js';
import type { Task } from '../../kernel/task.js';
import type { PciFunction } from '../../pci/function.js';
import {
  PCI_CAP_ID_MSI,
  PCI_COMMAND,
  PCI_MSI_FLAGS,
  PCI_MSI_FLAGS_MASKBIT,
} from '../../uapi/pci-regs.js';
import { VFIO_PCI_MSI_IRQ_INDEX, VFIO_PCI_MSIX_IRQ_INDEX } from '../../uapi/vfio.js';
import { holdEventFd } from './held-event-fd.js';

export type MsiKind = 'msi' | 'msix';

export class Msi {
  readonly #pci: PciFunction;
  #kind: MsiKind | undefined;
  #triggers: (EventFd | undefined)[] = [];
  #queueLimit = 0;

  constructor(pci: PciFunction) {
    this.#pci = pci;
  }

  /** Which of the two is enabled. */
  get kind(): MsiKind | undefined {
    return this.#kind;
  }

  /** Vectors allocated. */
  get count(): number {
    return this.#triggers.length;
  }

  /** Logarithm, rounded up, of the vectors that the last enabling of MSI allocated. */
  get queueLimit(): number {
    return this.#queueLimit;
  }

  /**
   * Allocates vectors, none of them with an eventfd.
   * @throws ERANGE for no vectors, ENOSPC for more than the function has
   */
  enable(kind: MsiKind, count: number): void {
    if (count === 0) throw kernelError('ERANGE');
    this.#keepingCommand(() => {
      this.#pci.interrupts.enable(kind, count, (vector) => this.signal(vector));
    });
    this.#kind = kind;
    this.#triggers = new Array(count).fill(undefined);
    for (let vector = 0; vector < count; vector++) this.#setMasked(vector, true);
    if (kind === 'msi') this.#queueLimit = Math.ceil(Math.log2(count));
  }

  disable(): void {
    if (this.#kind === undefined) return;
    this.#triggers.forEach((trigger, vector) => {
      if (trigger !== undefined) this.#armed(vector, false);
      trigger?.put();
    });
    this.#triggers = [];
    this.#kind = undefined;
    this.#keepingCommand(() => this.#pci.interrupts.disable());
  }

  /** INTx disable stays as it was: the command register is written back (`vfio_msi_enable`). */
  #keepingCommand(change: () => void): void {
    const { config } = this.#pci;
    const command = config.read(PCI_COMMAND, 2);
    try {
      change();
    } finally {
      config.set(PCI_COMMAND, 2, command);
    }
  }

  /**
   * Gives vectors their eventfds, negative descriptors for none. When one is bad, those before it
   * are without one as well, and those behind it keep theirs.
   * @throws EINVAL beyond the vectors allocated or for what is no eventfd, EBADF
   */
  setTriggers(task: Task, start: number, fds: readonly number[]): void {
    if (start >= this.count || start + fds.length > this.count) throw kernelError('EINVAL');
    fds.forEach((fd, i) => {
      try {
        this.#setTrigger(task, start + i, fd);
      } catch (error) {
        for (let vector = start; vector < start + i; vector++) this.#removeTrigger(vector);
        throw error;
      }
    });
  }

  /** Signals the eventfd of a vector, if it has one. */
  signal(vector: number): void {
    const trigger = this.#triggers[vector];
    if (this.#kind !== undefined) {
      this.#pci.events.interrupt.publish?.({
        device: this.#pci.device,
        kind: this.#kind,
        vector,
        stage: trigger === undefined ? 'unheard' : 'signalled',
      });
    }
    trigger?.signal(1);
  }

  /** The old eventfd goes first, and stays gone when the new one is bad. */
  #setTrigger(task: Task, vector: number, fd: number): void {
    this.#removeTrigger(vector);
    const trigger = holdEventFd(task, fd);
    if (trigger === undefined) return;
    this.#triggers[vector] = trigger;
    this.#armed(vector, true);
    this.#setMasked(vector, false);
  }

  #removeTrigger(vector: number): void {
    const trigger = this.#triggers[vector];
    if (trigger !== undefined) this.#armed(vector, false);
    trigger?.put();
    this.#triggers[vector] = undefined;
    this.#setMasked(vector, true);
  }

  /** A vector without a handler is masked, and keeps what comes pending, where there are mask bits. */
  #setMasked(vector: number, masked: boolean): void {
    if (this.#kind === 'msix' || this.#hasMsiMasks()) {
      this.#pci.interrupts.setVectorMasked(vector, masked);
    }
  }

  #armed(vector: number, isArmed: boolean): void {
    const index = this.#kind === 'msi' ? VFIO_PCI_MSI_IRQ_INDEX : VFIO_PCI_MSIX_IRQ_INDEX;
    const { events, device } = this.#pci;
    events.interruptArmed.publish?.({ device, index, vector, isArmed });
  }

  #hasMsiMasks(): boolean {
    const at = this.#pci.capability(PCI_CAP_ID_MSI);
    if (at === undefined) return false;
    return (this.#pci.config.read(at + PCI_MSI_FLAGS, 2) & PCI_MSI_FLAGS_MASKBIT) !== 0;
  }
}
