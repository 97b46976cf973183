/** An eventfd: the counter through which a program hears of interrupts. */
import { Errno } from '../uapi/errno.js';
import { checked, checkedTransfer } from './error.js';
import type { VfioSystem } from './system.js';

export class Event {
  readonly system: VfioSystem;
  readonly fd: number;
  #isOpen = true;

  private constructor(system: VfioSystem, fd: number) {
    this.system = system;
    this.fd = fd;
  }

  /** @throws VfioError */
  static create(system: VfioSystem): Event {
    return new Event(system, checked('eventfd', system.eventfd(0)));
  }

  /** How often it was signalled since last asked; 0 when not. Does not wait. */
  take(): number {
    const target = new Uint8Array(8);
    const result = this.system.read(this.fd, target);
    if (result === -Errno.EAGAIN) return 0;
    checkedTransfer('read of the eventfd', result, 8);
    return Number(new DataView(target.buffer).getBigUint64(0, true));
  }

  /** Waits for a signal and takes it: how often it came, or 0 when `timeoutMs` have passed. */
  wait(timeoutMs: number): number {
    const isReadable = checked('poll of the eventfd', this.system.waitReadable(this.fd, timeoutMs));
    return isReadable === 0 ? 0 : this.take();
  }

  /** Signals it, as a device would: for `Irq.setUnmaskEvent`, and to wake who waits. */
  signal(): void {
    const one = new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0]);
    const result = this.system.write(this.fd, one);
    if (typeof result === 'number') checkedTransfer('write of the eventfd', result, 8);
  }

  /** Idempotent. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    checked('close of the eventfd', this.system.close(this.fd));
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
