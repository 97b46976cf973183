/**
 * Interrupts (82576 data sheet §7.3, §8.8): causes and masks, which vector a cause has, throttling, and
 * MSI-X, MSI or the INTx line at the end.
 *
 * A read clears ICR and EICR, and clients that mapped the registers read without anybody hearing of it. For
 * them a cause counts as read when they unmask again after the interrupt that told of it: that is what every
 * driver does after it has read. Causes that have come in between stay, and interrupt at once.
 *
 * A store of the value that stands there can't be found. Drivers mask and unmask back to back, with the same mask
 * each time, so memory shows the masks with a bit that is reserved and that they don't store.
 */
import type { Interrupts } from '../../pci/interrupts.js';
import type { Timer, Timers } from '../../kernel/timers.js';
import type { RegisterFile } from './register-file.js';
import {
  EIAC,
  EIAM,
  EICR,
  EIMC,
  EICS,
  EIMS,
  EITR,
  GPIE,
  GPIE_MULTIPLE_MSIX,
  GPIE_NSICR,
  IAM,
  ICR,
  ICR_INT_ASSERTED,
  ICR_RXDW,
  ICR_TXDW,
  ICS,
  IMC,
  IMS,
  IVAR,
  IVAR_MISC,
  QUEUES,
  VECTORS,
} from './registers.js';
import { type Access, VectorMasks } from './vector-masks.js';

/** An entry of IVAR is in use. */
const IVAR_VALID = 0x80;
const IVAR_VECTOR = 0x1f;

/** Reserved bits that are set in what memory shows of the masks. */
const IMS_SHOWN = 2 ** 31;
const EIMS_SHOWN = 2 ** 29;

export class InterruptCauses {
  readonly #registers: RegisterFile;
  readonly #interrupts: Interrupts;
  readonly #timers: Timers;
  readonly #asserted: () => void;
  readonly #masks: VectorMasks;
  #icr = 0;
  #ims = 0;
  #eicr = 0;
  /** Causes of ICR and of EICR that no interrupt has told of yet. */
  #fresh = 0;
  #freshVectors = 0;
  /** By vector: when it may interrupt again, and the timer that waits for that. */
  readonly #quietUntilMs = new Float64Array(VECTORS);
  readonly #waiting: (Timer | undefined)[] = Array.from({ length: VECTORS });

  /** @param asserted called with each interrupt, for the statistics */
  constructor(
    registers: RegisterFile,
    interrupts: Interrupts,
    timers: Timers,
    asserted: () => void,
  ) {
    this.#registers = registers;
    this.#interrupts = interrupts;
    this.#timers = timers;
    this.#asserted = asserted;
    this.#masks = new VectorMasks(timers, () => {
      this.#show();
      this.#evaluate();
    });
  }

  reset(): void {
    for (const timer of this.#waiting) timer?.cancel();
    this.#waiting.fill(undefined);
    this.#quietUntilMs.fill(0);
    this.#masks.reset();
    this.#icr = this.#ims = this.#eicr = this.#fresh = this.#freshVectors = 0;
    this.#interrupts.setIntx(false);
    this.#show();
  }

  /** Causes have come up: bits of ICR. */
  raise(causes: number): void {
    this.#icr |= causes;
    this.#fresh |= causes;
    this.#show();
    this.#evaluate();
  }

  /** A receive queue has new packets. */
  received(queue: number): void {
    this.#queueCause(queue, 0, ICR_RXDW);
  }

  /** A transmit queue has finished packets that were to be reported. */
  transmitted(queue: number): void {
    this.#queueCause(queue, 1, ICR_TXDW);
  }

  /** Configuration space has changed: which kind of interrupt is enabled decides about the line. */
  update(): void {
    this.#updateLine();
  }

  /** Reads a register of causes and masks. */
  read(register: number): number {
    if (register === IMS) return this.#ims >>> 0;
    if (register === EIMS) return this.#masks.enabled >>> 0;
    if (register === EICR) {
      const value = this.#eicr;
      this.#eicr = this.#freshVectors = 0;
      this.#show();
      return value >>> 0;
    }
    if (register !== ICR) return 0;
    const value = this.#readIcr();
    this.#show();
    this.#updateLine();
    return value;
  }

  /** Writes a register of causes and masks. */
  write(register: number, value: number, access: Access): void {
    switch (register) {
      case ICR:
        this.#icr &= ~value;
        this.#fresh &= ~value;
        break;
      case ICS:
        this.#icr |= value;
        this.#fresh |= value;
        break;
      case IMC:
        this.#ims &= ~value;
        break;
      case IMS:
        if (access === 'store') this.#icr = this.#fresh;
        this.#ims |= value & ~IMS_SHOWN;
        break;
      case EICR:
        this.#eicr &= ~value;
        this.#freshVectors &= ~value;
        break;
      case EICS:
        this.#raiseVectors(value);
        break;
      case EIMC:
        this.#masks.disable(value);
        break;
      case EIMS:
        this.#masks.enable(value & ~EIMS_SHOWN, access);
        break;
      default:
    }
    this.#show();
    this.#evaluate();
  }

  get #hasVectors(): boolean {
    return (this.#registers.get(GPIE) & GPIE_MULTIPLE_MSIX) !== 0;
  }

  /** @param place 0 for the receive queue, 1 for the transmit queue of the number */
  #queueCause(queue: number, place: 0 | 1, cause: number): void {
    const half = QUEUES / 2;
    const word = this.#registers.get(IVAR + 4 * (queue % half));
    const entry = word >>> (8 * (place + (queue >= half ? 2 : 0)));
    const isValid = (entry & IVAR_VALID) !== 0;
    if (this.#hasVectors) {
      if (isValid) this.#raiseVectors(1 << (entry & IVAR_VECTOR));
    } else {
      if (isValid) this.#raiseVectors(1 << (entry & 0xf));
      this.#icr |= cause;
      this.#fresh |= cause;
    }
    this.#show();
    this.#evaluate();
  }

  #raiseVectors(bits: number): void {
    this.#eicr |= bits;
    this.#freshVectors |= bits;
  }

  /** §7.3.2.11: it is cleared if everything is masked, if an interrupt was asserted, or if GPIE says so. */
  #readIcr(): number {
    const isAsserted = (this.#icr & this.#ims) !== 0;
    const value = (this.#icr | (isAsserted ? ICR_INT_ASSERTED : 0)) >>> 0;
    const isCleared =
      this.#ims === 0 || isAsserted || (this.#registers.get(GPIE) & GPIE_NSICR) !== 0;
    if (isAsserted) this.#ims &= ~this.#registers.get(IAM);
    if (isCleared) this.#icr = this.#fresh = 0;
    return value;
  }

  /** Interrupts for what is new and not masked. */
  #evaluate(): void {
    if (this.#hasVectors && this.#interrupts.isMsixEnabled) this.#evaluateVectors();
    else if (this.#interrupts.isMsixEnabled || this.#interrupts.isMsiEnabled) {
      if ((this.#fresh & this.#ims) !== 0) this.#message(0);
    } else this.#updateLine();
  }

  /** Each vector that has a cause: the other causes come by the vector that IVAR_MISC has for them. */
  #evaluateVectors(): void {
    if ((this.#fresh & this.#ims) !== 0) {
      const entry = this.#registers.get(IVAR_MISC) >>> 8;
      if ((entry & IVAR_VALID) !== 0) this.#raiseVectors(1 << (entry & IVAR_VECTOR));
      this.#fresh = 0;
    }
    const pending = this.#freshVectors & this.#masks.enabled;
    if (pending === 0) return;
    for (let vector = 0; vector < VECTORS; vector++) {
      if ((pending & (1 << vector)) !== 0) this.#message(vector);
    }
  }

  /** Sends a message, now or as soon as throttling lets it. */
  #message(vector: number): void {
    if (this.#waiting[vector] !== undefined) return;
    const waitMs = (this.#quietUntilMs[vector] as number) - this.#timers.nowMs;
    if (waitMs <= 0) {
      this.#send(vector);
      return;
    }
    this.#waiting[vector] = this.#timers.set(waitMs, () => {
      this.#waiting[vector] = undefined;
      const isWanted = this.#hasVectors
        ? (this.#freshVectors & this.#masks.enabled & (1 << vector)) !== 0
        : (this.#fresh & this.#ims) !== 0;
      if (isWanted) this.#send(vector);
    });
  }

  #send(vector: number): void {
    const intervalUs = (this.#registers.get(EITR + 4 * vector) & 0x7ffc) >>> 2;
    if (intervalUs > 0) this.#quietUntilMs[vector] = this.#timers.nowMs + intervalUs / 1000;
    this.#asserted();
    if (this.#hasVectors) {
      const bit = 1 << vector;
      this.#freshVectors &= ~bit;
      if ((this.#registers.get(EIAM) & bit) !== 0) this.#masks.maskItself(bit);
      this.#eicr &= ~(this.#registers.get(EIAC) & bit);
    } else this.#fresh = 0;
    this.#show();
    if (this.#interrupts.isMsixEnabled) this.#interrupts.msix(vector);
    else this.#interrupts.msi();
  }

  #updateLine(): void {
    const isMessaging = this.#interrupts.isMsixEnabled || this.#interrupts.isMsiEnabled;
    const isRaised = !isMessaging && (this.#icr & this.#ims) !== 0;
    if (isRaised === this.#interrupts.isIntxPending) return;
    if (isRaised) {
      this.#fresh = 0;
      this.#asserted();
    }
    this.#interrupts.setIntx(isRaised);
  }

  /** Shows causes and masks to clients that mapped the registers. */
  #show(): void {
    const registers = this.#registers;
    const isAsserted = (this.#icr & this.#ims) !== 0;
    registers.reveal(ICR, this.#icr | (isAsserted ? ICR_INT_ASSERTED : 0));
    registers.reveal(IMS, this.#ims | IMS_SHOWN);
    registers.reveal(ICS, 0);
    registers.reveal(IMC, 0);
    registers.reveal(EICR, this.#eicr);
    registers.reveal(EIMS, this.#masks.enabled | EIMS_SHOWN);
    registers.reveal(EICS, 0);
    registers.reveal(EIMC, 0);
  }
}

/** Registers whose writing does something here, in the order in which stores made together are taken. */
export const CAUSE_REGISTERS: readonly number[] = [ICR, EICR, IMC, EIMC, IMS, EIMS, ICS, EICS];
