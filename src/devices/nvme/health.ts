/** SMART / health information: what is counted, and the temperature (NVM Express 1.4 §5.14.1.2). */
import type { Timers } from '../../kernel/timers.js';
import { Status } from './status.js';

/** 323 K, for ever. */
export const TEMPERATURE = 0x143;

const MS_PER_MINUTE = 60_000;
const MS_PER_HOUR = 3_600_000;
/** Critical warning: the temperature. */
const TEMPERATURE_WARNING = 2;

export class Health {
  /** 512-byte units, and commands that completed. */
  readonly read = { units: 0, commands: 0 };
  readonly written = { units: 0, commands: 0 };
  /** Time that commands were executed in. */
  busyMs = 0;
  powerCycles = 0;
  /** Times that power was lost while the controller was enabled and not shut down. */
  unsafeShutdowns = 0;
  readonly #timers: Timers;
  #mediaErrors = 0;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** A command failed. @param status code, type and DNR */
  addFailure(status: number): void {
    const code = status & 0x7ff;
    const isOfMedia = code === Status.unrecoveredReadError || code === Status.writeFault;
    if (isOfMedia) this.#mediaErrors += 1;
  }

  /** @param state the errors in the log, and whether the temperature is beyond a threshold */
  page(state: { readonly errors: number; readonly isTemperatureCritical: boolean }): Uint8Array {
    const view = new DataView(new ArrayBuffer(512));
    const count = (at: number, value: number): void =>
      view.setBigUint64(at, BigInt(Math.floor(value)), true);
    view.setUint8(0, state.isTemperatureCritical ? TEMPERATURE_WARNING : 0);
    view.setUint16(1, TEMPERATURE, true);
    view.setUint8(3, 100); // Available spare, in percent
    view.setUint8(4, 10); // Threshold of it
    // Data units are thousands of 512 bytes, rounded up.
    count(32, Math.ceil(this.read.units / 1000));
    count(48, Math.ceil(this.written.units / 1000));
    count(64, this.read.commands);
    count(80, this.written.commands);
    count(96, this.busyMs / MS_PER_MINUTE);
    count(112, this.powerCycles);
    count(128, this.#timers.nowMs / MS_PER_HOUR);
    count(144, this.unsafeShutdowns);
    count(160, this.#mediaErrors);
    count(176, state.errors);
    return new Uint8Array(view.buffer);
  }
}
