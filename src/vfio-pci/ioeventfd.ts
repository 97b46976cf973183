/**
 * VFIO_DEVICE_IOEVENTFD: eventfds whose signal makes the kernel write a value into a BAR, so that a
 * guest's doorbell need not go through its VMM.
 */
import { kernelError } from '../kernel/error.js';
import type { Kernel } from '../kernel/kernel.js';
import type { Task } from '../kernel/task.js';
import { copyFromUser } from '../kernel/user-memory.js';
import type { Bar } from '../pci/bar.js';
import type { PciFunction } from '../pci/function.js';
import * as vfio from '../uapi/vfio.js';
import { EventListener } from './irq/event-listener.js';
import type { MsixTable } from './msix-table.js';
import { regionPosition } from './region.js';

const Request = vfio.DeviceIoEventFd;
const MINIMUM = Request.endOf('fd');
/** The most that one device may have (`VFIO_PCI_IOEVENTFD_MAX`). */
const MAXIMUM = 1000;

/** Whose BARs are written. */
export interface IoEventFdTarget {
  readonly kernel: Kernel;
  readonly pci: PciFunction;
  readonly msixTable: MsixTable | undefined;
}

interface RegisterWrite {
  readonly bar: Bar;
  readonly offset: number;
  readonly size: number;
  readonly data: bigint;
}

export class IoEventFds {
  readonly #target: IoEventFdTarget;
  readonly #listeners = new Map<string, EventListener>();

  constructor(target: IoEventFdTarget) {
    this.#target = target;
  }

  /**
   * Adds or, with descriptor −1, removes one.
   * @throws EFAULT; EINVAL for a bad request, place or descriptor; EEXIST, ENODEV when it is there
   *   already, or not; ENOSPC; EBADF
   */
  request(task: Task, argument: number): number {
    const view = Request.create();
    const bytes = new Uint8Array(view.buffer, 0, MINIMUM);
    copyFromUser(this.#target.kernel, task, argument, bytes);
    const { argsz, flags, offset, data, fd } = Request.decode(view);
    if (argsz < MINIMUM) throw kernelError('EINVAL');
    const isOneSize = flags === 1 || flags === 2 || flags === 4 || flags === 8;
    if (!isOneSize || fd < -1) throw kernelError('EINVAL');
    const write = this.#locate(offset, flags, data);
    const key = `${write.bar.index}:${write.offset}:${write.size}:${write.data}`;
    const existing = this.#listeners.get(key);
    if (existing !== undefined) {
      if (fd >= 0) throw kernelError('EEXIST');
      this.#listeners.delete(key);
      existing.stop();
      return 0;
    }
    if (fd < 0) throw kernelError('ENODEV');
    if (this.#listeners.size >= MAXIMUM) throw kernelError('ENOSPC');
    const listener = new EventListener();
    listener.start(task, fd, () => this.#perform(write));
    this.#listeners.set(key, listener);
    return 0;
  }

  removeAll(): void {
    for (const listener of this.#listeners.values()) listener.stop();
    this.#listeners.clear();
  }

  #locate(fileOffset: bigint, size: number, data: bigint): RegisterWrite {
    const { index, offset } = regionPosition(Number(fileOffset));
    const { pci, msixTable } = this.#target;
    const bar = pci.bars[index];
    if (bar === undefined || offset + size > bar.size) throw kernelError('EINVAL');
    const meetsTable =
      msixTable?.bar === index && offset + size > msixTable.start && offset < msixTable.end;
    if (meetsTable) throw kernelError('EINVAL');
    return { bar, offset, size, data };
  }

  /** Nothing happens while the function does not decode. */
  #perform({ bar, offset, size, data }: RegisterWrite): void {
    const low = Number(data & 0xffff_ffffn);
    if (size === 1) bar.write(offset, 1, low & 0xff);
    else if (size === 2) bar.write(offset, 2, low & 0xffff);
    else bar.write(offset, 4, low);
    if (size === 8) bar.write(offset + 4, 4, Number(data >> 32n));
  }
}
