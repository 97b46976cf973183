/**
 * The educational device that QEMU has as `edu` (specification: QEMU, docs/specs/edu): registers that
 * compute, raise interrupts and do DMA, for learning and testing.
 */
import type { Timer } from '../../kernel/timers.js';
import type { AccessSize } from '../../pci/config-space.js';
import type { DeviceContext, DeviceModel } from '../../pci/device-model.js';
import { RegisterBank } from '../../pci/registers/register-bank.js';
import type { ResetMethod } from '../../pci/reset.js';
import {
  BUFFER_SIZE,
  BUFFER_START,
  DMA_INTERRUPT,
  EDU_REGISTERS,
  FACTORIAL_INTERRUPT,
} from './registers.js';

/** What can be said of an edu device. */
export interface EduOptions {
  /** Bits of an address that DMA can reach. */
  readonly dmaBits: number;
  /** What a factorial takes, in milliseconds. */
  readonly factorialDelayMs: number;
  /** What a transfer takes, in milliseconds. */
  readonly dmaDelayMs: number;
}

export class EduDevice implements DeviceModel {
  readonly #context: DeviceContext;
  readonly #options: EduOptions;
  readonly #buffer = new Uint8Array(BUFFER_SIZE);
  readonly #registers: RegisterBank<(typeof EDU_REGISTERS)['declarations']>;
  #factorialTimer: Timer | undefined;
  #dmaTimer: Timer | undefined;

  constructor(context: DeviceContext, options: EduOptions) {
    this.#context = context;
    this.#options = options;
    this.#registers = new RegisterBank(context, EDU_REGISTERS, {
      written: {
        LIVENESS: (value, registers) => registers.set('LIVENESS', ~value >>> 0),
        FACTORIAL: (value, _registers, before) => this.#compute(value, before),
        INTERRUPT_RAISE: (value) => this.#raise(value),
        INTERRUPT_ACKNOWLEDGE: (value) => this.#acknowledge(value),
        DMA_SOURCE: (_value, _registers, before) => this.#keep('DMA_SOURCE', before),
        DMA_DESTINATION: (_value, _registers, before) => this.#keep('DMA_DESTINATION', before),
        DMA_COUNT: (_value, _registers, before) => this.#keep('DMA_COUNT', before),
        DMA_COMMAND: (_value, _registers, before) => this.#command(before),
      },
    });
  }

  reset(cause: ResetMethod | 'power-on'): void {
    this.dispose();
    this.#registers.reset(cause);
    this.#buffer.fill(0);
    this.#context.interrupts.setIntx(false);
  }

  dispose(): void {
    this.#factorialTimer?.cancel();
    this.#dmaTimer?.cancel();
    this.#dmaTimer = undefined;
  }

  read(bar: number, offset: number, size: AccessSize): number {
    return this.#registers.read(bar, offset, size);
  }

  write(bar: number, offset: number, size: AccessSize, value: number): void {
    this.#registers.write(bar, offset, size, value);
  }

  /** A value written while one is being computed is lost. */
  #compute(value: number, before: number): void {
    const registers = this.#registers;
    if (registers.getField('STATUS', 'COMPUTING') === 1) {
      registers.set('FACTORIAL', before);
      return;
    }
    registers.setField('STATUS', 'COMPUTING', 1);
    this.#context.activity?.(`computes ${value}!`);
    this.#factorialTimer = this.#context.timers.set(this.#options.factorialDelayMs, () => {
      registers.look();
      registers.set('FACTORIAL', factorial(value));
      registers.setField('STATUS', 'COMPUTING', 0);
      if (registers.getField('STATUS', 'INTERRUPT') === 1) this.#raise(FACTORIAL_INTERRUPT);
    });
  }

  #raise(value: number): void {
    const status = (this.#registers.get('INTERRUPT_STATUS') | value) >>> 0;
    this.#registers.set('INTERRUPT_STATUS', status);
    if (status !== 0) this.#context.interrupts.signal(true);
  }

  #acknowledge(value: number): void {
    const status = (this.#registers.get('INTERRUPT_STATUS') & ~value) >>> 0;
    this.#registers.set('INTERRUPT_STATUS', status);
    if (status === 0) this.#context.interrupts.signal(false);
  }

  get #isTransferring(): boolean {
    return this.#dmaTimer !== undefined;
  }

  /** Registers of a transfer under way can't be changed. */
  #keep(name: 'DMA_SOURCE' | 'DMA_DESTINATION' | 'DMA_COUNT', before: bigint): void {
    if (this.#isTransferring) this.#registers.set(name, before);
  }

  /** A command without the run bit does nothing. */
  #command(before: bigint): void {
    const registers = this.#registers;
    if (this.#isTransferring || registers.getField('DMA_COMMAND', 'RUN') === 0) {
      registers.set('DMA_COMMAND', before);
      return;
    }
    this.#dmaTimer = this.#context.timers.set(this.#options.dmaDelayMs, () => this.#transfer());
  }

  #transfer(): void {
    const registers = this.#registers;
    registers.look();
    this.#dmaTimer = undefined;
    const { dma } = this.#context;
    const source = registers.get('DMA_SOURCE');
    const destination = registers.get('DMA_DESTINATION');
    const count = registers.get('DMA_COUNT');
    const isToMemory = registers.getField('DMA_COMMAND', 'TO_MEMORY') === 1;
    this.#context.activity?.(`copies ${count} bytes ${isToMemory ? 'to' : 'from'} memory`);
    if (isToMemory) {
      const bytes = this.#bufferAt(source, count);
      if (bytes !== undefined) dma.write(this.#reachable(destination), bytes);
    } else {
      const bytes = this.#bufferAt(destination, count);
      if (bytes !== undefined) dma.read(this.#reachable(source), bytes);
    }
    registers.setField('DMA_COMMAND', 'RUN', 0);
    if (registers.getField('DMA_COMMAND', 'RAISE_INTERRUPT') === 1) this.#raise(DMA_INTERRUPT);
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

/** n! modulo 2³². From 34 on it is 0: there are 32 factors of two in it. */
function factorial(n: number): number {
  if (n >= 34) return 0;
  let product = 1;
  for (let factor = 2; factor <= n; factor++) product = Math.imul(product, factor);
  return product >>> 0;
}
