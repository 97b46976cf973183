/**
 * What stands between a device model and the machine: a model that throws is a defect of the model, not
 * of the machine. It is written to the kernel log with its stack, and the access ends as on a device
 * that does not answer: reads give all ones, writes are lost.
 */
import type { Kernel } from '../kernel/kernel.js';
import { KernelBug } from '../kernel/log.js';
import type { Timers } from '../kernel/timers.js';
import type { FrameReceiver } from '../net/network-port.js';
import type { BarAccess } from './bar.js';
import type { AccessSize } from './config-space.js';
import type { DeviceDiagnostics } from './device-diagnostics.js';
import type { DeviceModel } from './device-model.js';
import { nameOf } from './foreign-code.js';
import { hex } from './pci-address.js';

/** A model that could not be made: its `create` threw, or did not answer with a model. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
}

export class ModelGuard {
  readonly #diagnostics: DeviceDiagnostics;
  readonly #contains: boolean;

  constructor(diagnostics: DeviceDiagnostics, kernel: Kernel) {
    this.#diagnostics = diagnostics;
    this.#contains = kernel.containsModelDefects;
  }

  /** Calls the model; what it throws is reported, and answered with `fallback`. */
  call<T>(doing: string, call: () => T, fallback: T): T {
    try {
      return callModel(call);
    } catch (error) {
      this.#report(doing, error);
      return fallback;
    }
  }

  /** The same accesses, survived. */
  access(name: string, { read, write }: BarAccess): BarAccess {
    return {
      read: (offset, size) => {
        try {
          const value: unknown = callModel(read, offset, size);
          if (typeof value === 'number') return value;
          throw new TypeError(`it answered with ${nameOf(value)} instead of a number`);
        } catch (error) {
          this.#report(`read of ${accessed(name, offset, size)}`, error);
          return 0xffff_ffff >>> (32 - 8 * size);
        }
      },
      write: (offset, size, value) => {
        try {
          callModel(write, offset, size, value);
        } catch (error) {
          const what = `write of 0x${hex(value >>> 0, 1)}`;
          this.#report(`${what} to ${accessed(name, offset, size)}`, error);
        }
      },
    };
  }

  /** Timers whose callbacks are the model's. */
  timers(timers: Timers): Timers {
    return {
      get nowMs() {
        return timers.nowMs;
      },
      set: (delayMs, callback, order) =>
        timers.set(delayMs, () => this.call('timer', callback, undefined), order),
    };
  }

  /** Who takes a network's frames for the model. Frames that it fails on are refused. */
  receiver(receiver: FrameReceiver): FrameReceiver {
    const { flush, canReceive, writable, linkChanged } = receiver;
    const told = (doing: string, call: () => void) => () => this.call(doing, call, undefined);
    const linkDoing = 'change of its link';
    return {
      receive: (frame) => this.call('received frame', () => receiver.receive(frame), false),
      ...(flush && { flush: told('end of received frames', () => flush.call(receiver)) }),
      ...(canReceive && {
        canReceive: () => this.call('offered frame', () => canReceive.call(receiver), false),
      }),
      ...(writable && { writable: told('chance to send again', () => writable.call(receiver)) }),
      ...(linkChanged && {
        linkChanged: (link) =>
          this.call(linkDoing, () => linkChanged.call(receiver, link), undefined),
      }),
    };
  }

  /** Whatever the kernel does with a model, survived. */
  model(model: DeviceModel): DeviceModel {
    const { vga } = model;
    return {
      read: (bar, offset, size) => model.read(bar, offset, size),
      write: (bar, offset, size, value) => model.write(bar, offset, size, value),
      reset: (cause) => this.call(`reset (${cause})`, () => model.reset(cause), undefined),
      losePower: () => {
        const holdMs: unknown = this.call('loss of power', () => model.losePower?.(), 0);
        return typeof holdMs === 'number' && holdMs > 0 ? holdMs : 0;
      },
      dispose: () => this.call('disposal', () => model.dispose?.(), undefined),
      configWritten: (offset, size) => {
        const doing = `change of configuration space at 0x${hex(offset, 1)}`;
        this.call(doing, () => model.configWritten?.(offset, size), undefined);
      },
      ...(vga === undefined ? {} : { vga: this.access('VGA', bound(vga)) }),
    };
  }

  #report(doing: string, error: unknown): void {
    if (error instanceof KernelBug) throw error;
    this.#diagnostics.reportDefect({ doing, error }, stackOf(error));
    if (!this.#contains) throw error;
  }
}

/** Everything of a model is called from here, by which its part of a stack is told from the machine's. */
function callModel<A extends unknown[], T>(call: (...args: A) => T, ...args: A): T {
  return call(...args);
}

/** What was thrown, with the model's part of the stack. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const lines = (error.stack ?? String(error)).split('\n');
  const machine = lines.findIndex((line) => /^\s+at callModel\b/.test(line));
  return lines.slice(0, machine < 0 ? lines.length : machine).join('\n');
}

function accessed(name: string, offset: number, size: AccessSize): string {
  return `${size} ${size === 1 ? 'byte' : 'bytes'} at ${name} offset 0x${hex(offset, 1)}`;
}

function bound(access: BarAccess): BarAccess {
  return {
    read: (offset, size) => access.read(offset, size),
    write: (offset, size, value) => access.write(offset, size, value),
  };
}
