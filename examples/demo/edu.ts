// A driver for the educational device, on uvfio/client: the way a driver for any PCI device begins.

import { Event, type Region, type VfioDevice, type VfioSystem } from 'uvfio/client';
import {
  BUFFER_ADDRESS,
  DMA_COMMAND,
  DMA_COMMAND_RAISE_INTERRUPT,
  DMA_COMMAND_START,
  DMA_COMMAND_TO_MEMORY,
  DMA_COUNT,
  DMA_DESTINATION,
  DMA_SOURCE,
  FACTORIAL,
  IDENTIFICATION,
  INTERRUPT_ACKNOWLEDGE,
  INTERRUPT_DMA,
  INTERRUPT_FACTORIAL,
  INTERRUPT_STATUS,
  LIVENESS,
  STATUS,
  STATUS_RAISE_INTERRUPT,
} from './edu-registers.js';

/** The device takes about a millisecond; after this it is taken for dead. */
const TIMEOUT_MS = 2000;

export class Edu {
  readonly #device: VfioDevice;
  readonly #registers: Region;
  readonly #interrupt: Event;

  /** Turns the device on: memory accesses, bus mastering, one MSI vector. */
  constructor(system: VfioSystem, device: VfioDevice) {
    this.#device = device;
    this.#registers = device.bar(0);
    this.#interrupt = Event.create(system);
    device.enableBusMaster();
    device.msi.setEvents([this.#interrupt]);
  }

  /** Major and minor version. Throws when this is not an edu device. */
  version(): string {
    const identification = this.#registers.read32(IDENTIFICATION);
    if ((identification & 0xffff) !== 0xed) {
      throw new Error(
        `0x${identification.toString(16)} is not how an edu device identifies itself`,
      );
    }
    return `${identification >>> 24}.${(identification >>> 16) & 0xff}`;
  }

  /** What the liveness register makes of a value: its complement. */
  invert(value: number): number {
    this.#registers.write32(LIVENESS, value);
    return this.#registers.read32(LIVENESS);
  }

  /** Has a factorial computed, and sleeps until the interrupt says it is done. */
  factorial(n: number): number {
    this.#registers.write32(STATUS, STATUS_RAISE_INTERRUPT);
    this.#registers.write32(FACTORIAL, n);
    this.#waitForInterrupt(INTERRUPT_FACTORIAL);
    this.#registers.write32(STATUS, 0);
    return this.#registers.read32(FACTORIAL);
  }

  /** Copies bytes from memory into the device's buffer by DMA. */
  load(iova: bigint, length: number): void {
    this.#transfer(Number(iova), BUFFER_ADDRESS, length, 0);
  }

  /** Copies bytes from the device's buffer to memory by DMA. */
  store(iova: bigint, length: number): void {
    this.#transfer(BUFFER_ADDRESS, Number(iova), length, DMA_COMMAND_TO_MEMORY);
  }

  /** Turns interrupts and DMA off. */
  close(): void {
    this.#device.msi.disable();
    this.#device.disableBusMaster();
    this.#interrupt.close();
  }

  #transfer(source: number, destination: number, length: number, direction: number): void {
    this.#registers.write32(DMA_SOURCE, source);
    this.#registers.write32(DMA_DESTINATION, destination);
    this.#registers.write32(DMA_COUNT, length);
    this.#registers.write32(
      DMA_COMMAND,
      DMA_COMMAND_START | DMA_COMMAND_RAISE_INTERRUPT | direction,
    );
    this.#waitForInterrupt(INTERRUPT_DMA);
  }

  #waitForInterrupt(cause: number): void {
    if (this.#interrupt.wait(TIMEOUT_MS) === 0) {
      throw new Error(`the device did not interrupt within ${TIMEOUT_MS} ms`);
    }
    const status = this.#registers.read32(INTERRUPT_STATUS);
    this.#registers.write32(INTERRUPT_ACKNOWLEDGE, status);
    if ((status & cause) === 0) {
      throw new Error(
        `an interrupt came for 0x${status.toString(16)}, not 0x${cause.toString(16)}`,
      );
    }
  }
}
