/**
 * The educational device that QEMU has as `edu` (specification: QEMU, docs/specs/edu): registers that
 * compute, raise interrupts and do DMA, for learning and testing.
 */
import type { Timer } from '../../kernel/timers.js';
import type { AccessSize } from '../../pci/config-space.js';
import type { DeviceContext, DeviceModel } from '../../pci/device-model.js';
import {
  BUFFER_SIZE,
  BUFFER_START,
  DMA_COMMAND,
  DMA_COUNT,
  DMA_DESTINATION,
  DMA_INTERRUPT,
  DMA_RAISE_INTERRUPT,
  DMA_RUN,
  DMA_SOURCE,
  DMA_TO_MEMORY,
  FACTORIAL,
  FACTORIAL_INTERRUPT,
  IDENTIFICATION,
  IDENTIFICATION_VALUE,
  INTERRUPT_ACKNOWLEDGE,
  INTERRUPT_RAISE,
  INTERRUPT_STATUS,
  LIVENESS,
  STATUS,
  STATUS_COMPUTING,
  STATUS_INTERRUPT,
} from './registers.js';
import { SharedRegisters } from './shared-registers.js';

/** What can be said of an edu device. */
export interface EduOptions {
  /** Bits of an address that DMA can reach. */
  readonly dmaBits: number;
  /** What a factorial takes, in milliseconds. */
  readonly factorialDelayMs: number;
  /** What a transfer takes, in milliseconds. */
  readonly dmaDelayMs: number;
}

/** Everything the device remembers. */
interface EduState {
  liveness: number;
  factorial: number;
  isComputing: boolean;
  raisesInterrupt: boolean;
  interruptStatus: number;
  readonly dma: { source: bigint; destination: bigint; count: bigint; command: bigint };
}

/** What reading a register that is not there gives, in 32 bits. */
const NO_REGISTER = 0xffff_ffffn;

export class EduDevice implements DeviceModel {
  readonly #context: DeviceContext;
  readonly #options: EduOptions;
  readonly #buffer = new Uint8Array(BUFFER_SIZE);
  readonly #shared: SharedRegisters;
  #state = initialState();
  #factorialTimer: Timer | undefined;
  #dmaTimer: Timer | undefined;

  constructor(context: DeviceContext, options: EduOptions) {
    this.#context = context;
    this.#options = options;
    this.#shared = new SharedRegisters(context, this);
  }

  reset(): void {
    this.dispose();
    this.#state = initialState();
    this.#buffer.fill(0);
    this.#context.interrupts.setIntx(false);
    this.#shared.show();
  }

  dispose(): void {
    this.#factorialTimer?.cancel();
    this.#dmaTimer?.cancel();
  }

  read(bar: number, offset: number, size: AccessSize): number {
    this.#shared.look();
    if (size !== 4) {
      this.#context.unmodelled({ bar, offset, size });
      return 0;
    }
    if (!isRegister(offset)) this.#context.unmodelled({ bar, offset, size });
    return Number(this.readRegister(offset) & 0xffff_ffffn);
  }

  write(bar: number, offset: number, size: AccessSize, value: number): void {
    this.#shared.look();
    if (size !== 4 || !isRegister(offset)) {
      this.#context.unmodelled({ bar, offset, size, value });
      return;
    }
    this.writeRegister(offset, BigInt(value >>> 0));
    this.#shared.show();
  }

  /** What a register holds; the DMA registers have 64 bits, the others 32. */
  readRegister(register: number): bigint {
    const state = this.#state;
    switch (register) {
      case IDENTIFICATION:
        return BigInt(IDENTIFICATION_VALUE);
      case LIVENESS:
        return BigInt(state.liveness);
      case FACTORIAL:
        return BigInt(state.factorial);
      case STATUS:
        return BigInt(
          (state.isComputing ? STATUS_COMPUTING : 0) |
            (state.raisesInterrupt ? STATUS_INTERRUPT : 0),
        );
      case INTERRUPT_STATUS:
        return BigInt(state.interruptStatus);
      case DMA_SOURCE:
        return state.dma.source;
      case DMA_DESTINATION:
        return state.dma.destination;
      case DMA_COUNT:
        return state.dma.count;
      case DMA_COMMAND:
        return state.dma.command;
      default:
        return NO_REGISTER;
    }
  }

  writeRegister(register: number, value: bigint): void {
    const word = Number(value & 0xffff_ffffn);
    switch (register) {
      case LIVENESS:
        this.#state.liveness = ~word >>> 0;
        return;
      case FACTORIAL:
        this.#compute(word);
        return;
      case STATUS:
        this.#state.raisesInterrupt = (word & STATUS_INTERRUPT) !== 0;
        return;
      case INTERRUPT_RAISE:
        this.#raise(word);
        return;
      case INTERRUPT_ACKNOWLEDGE:
        this.#acknowledge(word);
        return;
      default:
        this.#writeDma(register, value);
    }
  }

  /** Registers of a transfer under way can't be changed. */
  #writeDma(register: number, value: bigint): void {
    const { dma } = this.#state;
    if ((Number(dma.command) & DMA_RUN) !== 0) return;
    if (register === DMA_SOURCE) dma.source = value;
    else if (register === DMA_DESTINATION) dma.destination = value;
    else if (register === DMA_COUNT) dma.count = value;
    else if (register === DMA_COMMAND && (Number(value & 0xffn) & DMA_RUN) !== 0) {
      dma.command = value;
      const { timers } = this.#context;
      this.#dmaTimer = timers.set(this.#options.dmaDelayMs, () => this.#transfer());
    }
  }

  /** A value written while one is being computed is lost. */
  #compute(value: number): void {
    const state = this.#state;
    if (state.isComputing) return;
    state.isComputing = true;
    state.factorial = value;
    this.#factorialTimer = this.#context.timers.set(this.#options.factorialDelayMs, () => {
      this.#shared.look();
      state.factorial = factorial(value);
      state.isComputing = false;
      if (state.raisesInterrupt) this.#raise(FACTORIAL_INTERRUPT);
      this.#shared.show();
    });
  }

  #raise(value: number): void {
    this.#state.interruptStatus = (this.#state.interruptStatus | value) >>> 0;
    if (this.#state.interruptStatus !== 0) this.#context.interrupts.signal(true);
  }

  #acknowledge(value: number): void {
    this.#state.interruptStatus = (this.#state.interruptStatus & ~value) >>> 0;
    if (this.#state.interruptStatus === 0) this.#context.interrupts.signal(false);
  }

  #transfer(): void {
    this.#shared.look();
    const { dma } = this.#state;
    const command = Number(dma.command & 0xffn);
    if ((command & DMA_TO_MEMORY) !== 0) {
      const bytes = this.#bufferAt(dma.source, dma.count);
      if (bytes !== undefined) this.#context.dma.write(this.#reachable(dma.destination), bytes);
    } else {
      const bytes = this.#bufferAt(dma.destination, dma.count);
      if (bytes !== undefined) this.#context.dma.read(this.#reachable(dma.source), bytes);
    }
    dma.command &= ~BigInt(DMA_RUN);
    if ((command & DMA_RAISE_INTERRUPT) !== 0) this.#raise(DMA_INTERRUPT);
    this.#shared.show();
  }

  /** The part of the buffer that a transfer names; none when it is not all within. */
  #bufferAt(address: bigint, count: bigint): Uint8Array | undefined {
    const start = address - BigInt(BUFFER_START);
    if (start >= 0n && start + count <= BigInt(BUFFER_SIZE)) {
      return this.#buffer.subarray(Number(start), Number(start + count));
    }
    const range = `0x${address.toString(16)}, ${count} bytes`;
    this.#warn(`DMA refused: ${range} is not within the device's buffer`);
    return undefined;
  }

  /** Addresses of more bits than the device has come out without them. */
  #reachable(address: bigint): bigint {
    const clamped = BigInt.asUintN(this.#options.dmaBits, address);
    if (clamped !== address) {
      this.#warn(
        `DMA address 0x${address.toString(16)} has more than ${this.#options.dmaBits} bits: ` +
          `0x${clamped.toString(16)} is used`,
      );
    }
    return clamped;
  }

  #warn(text: string): void {
    this.#context.log.deviceWarning(this.#context, text);
  }
}

function initialState(): EduState {
  return {
    liveness: 0,
    factorial: 0,
    isComputing: false,
    raisesInterrupt: false,
    interruptStatus: 0,
    dma: { source: 0n, destination: 0n, count: 0n, command: 0n },
  };
}

/** n! modulo 2³². From 34 on it is 0: there are 32 factors of two in it. */
function factorial(n: number): number {
  if (n >= 34) return 0;
  let product = 1;
  for (let factor = 2; factor <= n; factor++) product = Math.imul(product, factor);
  return product >>> 0;
}

const REGISTERS = new Set([
  IDENTIFICATION,
  LIVENESS,
  FACTORIAL,
  STATUS,
  INTERRUPT_STATUS,
  INTERRUPT_RAISE,
  INTERRUPT_ACKNOWLEDGE,
  DMA_SOURCE,
  DMA_DESTINATION,
  DMA_COUNT,
  DMA_COMMAND,
]);

/** Whether there is a register, or the upper half of one of 64 bits. */
function isRegister(offset: number): boolean {
  return REGISTERS.has(offset) || (offset > DMA_SOURCE && REGISTERS.has(offset - 4));
}
