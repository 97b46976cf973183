/**
 * Interrupts of one function, from the model that raises them to the driver that handles them:
 * INTx as a level, MSI and MSI-X as messages (PCI 3.0 §6.8). The kernel's part is done here: one kind
 * at a time is enabled for a driver, and enabling it sets what hardware has to be told.
 */
import {
  PCI_COMMAND,
  PCI_COMMAND_INTX_DISABLE,
  PCI_COMMAND_MASTER,
  PCI_INTERRUPT_PIN,
  PCI_STATUS,
  PCI_STATUS_INTERRUPT,
} from '../uapi/pci-regs.js';
import type { Diagnostics, InterruptEvent, NamedDevice } from '../kernel/diagnostics.js';
import { kernelError } from '../kernel/error.js';
import type { ConfigSpace } from './config-space.js';
import type { IrqNumbers } from './irq-numbers.js';
import { MessageInterrupts } from './message-interrupts.js';

export type InterruptKind = 'intx' | 'msi' | 'msix';

/** Called when a vector (0 for INTx) fires. */
export type InterruptHandler = (vector: number) => void;

/** What a function can interrupt with, and where its capabilities lie. */
export interface InterruptOptions {
  readonly device: NamedDevice;
  readonly events: Diagnostics;
  readonly config: ConfigSpace;
  readonly numbers: IrqNumbers;
  /** The irq that the INTx pin is wired to. */
  readonly routedIrq: number;
  /** Offset of the MSI capability. */
  readonly msi?: number | undefined;
  /** Offset of the MSI-X capability. */
  readonly msix?: number | undefined;
}

interface Enabled {
  readonly kind: InterruptKind;
  readonly count: number;
  readonly handler: InterruptHandler;
  /** Irq numbers of the vectors. */
  readonly irqs: readonly number[];
  readonly masked: Set<number>;
  readonly pending: Set<number>;
}

export class Interrupts {
  /**
   * Decides how an interrupt reaches the driver: by calling `deliver`, now, later, more than once or, with
   * the answer false, never. Absent while nobody wants faults.
   */
  intercept: ((deliver: () => void) => boolean) | undefined;
  /** Called when the irq numbers have changed, to show them. */
  onChange: (() => void) | undefined;
  readonly #device: NamedDevice;
  readonly #events: Diagnostics;
  readonly #config: ConfigSpace;
  readonly #numbers: IrqNumbers;
  readonly #routedIrq: number;
  readonly #messages: MessageInterrupts;
  #enabled: Enabled | undefined;
  #level = false;
  #intxMasked = false;
  #lineWasActive = false;

  constructor(options: InterruptOptions) {
    this.#device = options.device;
    this.#events = options.events;
    this.#config = options.config;
    this.#numbers = options.numbers;
    this.#routedIrq = options.routedIrq;
    this.#messages = new MessageInterrupts(options.config, options.msi, options.msix);
    this.#config.watch(PCI_COMMAND, 2, () => this.#lineChanged());
  }

  // The device's side.

  /** Raises or lowers the INTx line. The status register shows it whether or not it is disabled. */
  setIntx(level: boolean): void {
    if (level && !this.#level) this.#intxRaised();
    this.#level = level;
    this.#config.setBits(PCI_STATUS, 2, PCI_STATUS_INTERRUPT, level);
    this.#lineChanged();
  }

  /** Whether the device may use MSI now, instead of INTx. */
  get isMsiEnabled(): boolean {
    return this.#messages.isMsiEnabled;
  }

  /** Whether the device may use MSI-X now, instead of INTx. */
  get isMsixEnabled(): boolean {
    return this.#messages.isMsixEnabled;
  }

  /** Vectors of MSI that software has given the device: 1 to 32; 0 while MSI is off. */
  get msiVectors(): number {
    return this.#messages.msiVectors;
  }

  /** Sends an MSI message. Nothing happens unless MSI and bus mastering are on. */
  msi(vector = 0): void {
    this.#tell('msi', vector, 'raised');
    if (vector >= this.msiVectors) this.#tell('msi', vector, 'lost', 'not enabled');
    else this.#send('msi', vector);
  }

  /** Sends an MSI-X message. Nothing happens unless MSI-X and bus mastering are on. */
  msix(vector: number): void {
    this.#tell('msix', vector, 'raised');
    if (!this.isMsixEnabled) this.#tell('msix', vector, 'lost', 'not enabled');
    else this.#send('msix', vector);
  }

  /**
   * Signals by the best kind that software has enabled: MSI-X, MSI, else the INTx line. What a
   * device with one interrupt source wants.
   */
  signal(level: boolean, vector = 0): void {
    if (this.isMsixEnabled) {
      if (level) this.msix(vector);
    } else if (this.isMsiEnabled) {
      if (level) this.msi(vector);
    } else this.setIntx(level);
  }

  /** Sends a message of the kind that is enabled, whatever the device does (a spurious interrupt). */
  send(vector: number): void {
    const enabled = this.#enabled;
    if (enabled !== undefined) this.#deliver(enabled.kind, vector);
  }

  /** Raises the INTx line and lowers it again, whatever the device does. */
  pulseIntx(): void {
    const level = this.#level;
    if (level) this.setIntx(false);
    this.setIntx(true);
    this.setIntx(level);
  }

  // The driver's side.

  /** Vectors of a kind that the function has: 0 or 1 INTx, up to 32 MSI, up to 2048 MSI-X. */
  available(kind: InterruptKind): number {
    if (kind !== 'intx') return this.#messages.available(kind);
    return this.#config.read(PCI_INTERRUPT_PIN, 1) === 0 ? 0 : 1;
  }

  /** Which kind is enabled for a driver. */
  get kind(): InterruptKind | undefined {
    return this.#enabled?.kind;
  }

  /** Vectors enabled for a driver. */
  get count(): number {
    return this.#enabled?.count ?? 0;
  }

  /** Irq numbers of the enabled vectors. */
  get irqs(): readonly number[] {
    return this.#enabled?.irqs ?? [];
  }

  /**
   * Lets a kind of interrupt reach a driver (`pci_alloc_irq_vectors` and `request_irq`). For MSI and
   * MSI-X that turns the capability on and INTx off in the command register, as Linux does.
   * @throws EBUSY while a kind is enabled, ENOSPC for more vectors than there are
   */
  enable(kind: InterruptKind, count: number, handler: InterruptHandler): void {
    if (this.#enabled !== undefined) throw kernelError('EBUSY');
    if (count < 1 || count > this.available(kind)) throw kernelError('ENOSPC');
    const irqs = kind === 'intx' ? [this.#routedIrq] : this.#numbers.allocate(count);
    this.#enabled = { kind, count, handler, irqs, masked: new Set(), pending: new Set() };
    if (kind === 'intx') {
      this.#intxMasked = false;
      this.#lineWasActive = false;
      this.#lineChanged();
    } else {
      this.#messages.enable(kind, count);
      if (kind === 'msi') this.#messages.setMessage(this.#numbers.messageFor(irqs[0] ?? 0));
      this.#setIntxDisable(true);
    }
    this.onChange?.();
  }

  /** Ends what `enable` began. Nothing happens when nothing is enabled. */
  disable(): void {
    const enabled = this.#enabled;
    if (enabled === undefined) return;
    this.#enabled = undefined;
    if (enabled.kind !== 'intx') {
      this.#messages.disable(enabled.kind);
      this.#setIntxDisable(false);
      this.#numbers.free(enabled.irqs);
    }
    this.onChange?.();
  }

  /** Keeps INTx from the driver at the interrupt controller (`disable_irq`). */
  maskIntx(): void {
    this.#intxMasked = true;
    this.#lineChanged();
  }

  /** Lets INTx through again; a line that is still raised then fires. */
  unmaskIntx(): void {
    this.#intxMasked = false;
    this.#lineChanged();
  }

  /** Whether the device raises its INTx line, masked or not. */
  get isIntxPending(): boolean {
    return this.#level;
  }

  /** Masks or unmasks one MSI or MSI-X vector; unmasking delivers what came meanwhile. */
  setVectorMasked(vector: number, masked: boolean): void {
    const enabled = this.#enabled;
    if (enabled === undefined || vector >= enabled.count) return;
    if (masked) enabled.masked.add(vector);
    else if (enabled.masked.delete(vector) && enabled.pending.delete(vector)) {
      this.#handle(enabled, vector);
    }
  }

  #send(kind: 'msi' | 'msix', vector: number): void {
    if (this.#isBusMaster()) this.#deliver(kind, vector);
    else this.#tell(kind, vector, 'lost', 'bus master off');
  }

  #deliver(kind: InterruptKind, vector: number): void {
    const enabled = this.#enabled;
    if (enabled?.kind !== kind || vector >= enabled.count) {
      this.#tell(kind, vector, 'lost', 'not enabled');
      return;
    }
    if (enabled.masked.has(vector) || (kind === 'msix' && this.#messages.isMsixMasked)) {
      enabled.pending.add(vector);
      this.#tell(kind, vector, 'pending', 'masked');
      return;
    }
    this.#handle(enabled, vector);
  }

  /** Lets the driver hear, unless somebody has other plans. */
  #handle(enabled: Enabled, vector: number): void {
    const deliver = (): void => {
      if (this.#enabled !== enabled) return;
      this.#tell(enabled.kind, vector, 'delivered');
      enabled.handler(vector);
    };
    if (this.intercept === undefined) deliver();
    else if (!this.intercept(deliver)) this.#tell(enabled.kind, vector, 'lost', 'injected');
  }

  /** INTx is a level: the driver hears each time it becomes active for it. */
  #lineChanged(): void {
    const enabled = this.#enabled;
    if (enabled?.kind !== 'intx') return;
    const isActive = this.#level && !this.#isIntxDisabled() && !this.#intxMasked;
    const wasActive = this.#lineWasActive;
    this.#lineWasActive = isActive;
    if (isActive && !wasActive) this.#handle(enabled, 0);
  }

  /** The line will be active for as long as it takes: nothing of INTx is lost by itself. */
  #intxRaised(): void {
    this.#tell('intx', 0, 'raised');
    const isEnabled = this.#enabled?.kind === 'intx';
    if (!isEnabled) this.#tell('intx', 0, 'pending', 'not enabled');
    else if (this.#intxMasked || this.#isIntxDisabled()) this.#tell('intx', 0, 'pending', 'masked');
  }

  #tell(
    kind: InterruptKind,
    vector: number,
    stage: InterruptEvent['stage'],
    reason?: InterruptEvent['reason'],
  ): void {
    this.#events.interrupt.publish?.({
      device: this.#device,
      kind,
      vector,
      stage,
      ...(reason === undefined ? {} : { reason }),
    });
  }

  #isBusMaster(): boolean {
    return (this.#config.read(PCI_COMMAND, 2) & PCI_COMMAND_MASTER) !== 0;
  }

  #isIntxDisabled(): boolean {
    return (this.#config.read(PCI_COMMAND, 2) & PCI_COMMAND_INTX_DISABLE) !== 0;
  }

  #setIntxDisable(on: boolean): void {
    this.#config.setBits(PCI_COMMAND, 2, PCI_COMMAND_INTX_DISABLE, on);
  }
}
