/**
 * Interrupts of a device under one index: the pin, MSI, MSI-X, error or request. Each has `count`
 * vectors, which eventfds are given to (VFIO_DEVICE_SET_IRQS).
 */
import {
  IrqInfo,
  IrqSet,
  VFIO_DEVICE_GET_IRQ_INFO,
  VFIO_DEVICE_SET_IRQS,
  VFIO_IRQ_INFO_AUTOMASKED,
  VFIO_IRQ_INFO_EVENTFD,
  VFIO_IRQ_INFO_MASKABLE,
  VFIO_IRQ_INFO_NORESIZE,
  VFIO_IRQ_SET_ACTION_MASK,
  VFIO_IRQ_SET_ACTION_TRIGGER,
  VFIO_IRQ_SET_ACTION_UNMASK,
  VFIO_IRQ_SET_DATA_EVENTFD,
  VFIO_IRQ_SET_DATA_NONE,
} from '../uapi/vfio.js';
import { type Meanings, checked } from './error.js';
import type { Event } from './event.js';
import type { VfioSystem } from './system.js';

/** What interrupts are of: an open device. */
interface IrqOwner {
  readonly system: VfioSystem;
  readonly fd: number;
  readonly name: string;
}

/** Some vectors, by default the first. */
export interface Vectors {
  readonly start?: number;
  readonly count?: number;
}

const names = ['INTx', 'MSI', 'MSI-X', 'ERR', 'REQ'];

const meanings: Meanings = {
  EINVAL: 'the vectors do not exist, are in use in another way, or another kind is enabled',
  ENOSPC: 'the device offers fewer vectors',
};

export class Irq {
  readonly index: number;
  /** How many vectors there are; 0 when the device has none of this kind. */
  readonly count: number;
  readonly canSignalEvents: boolean;
  readonly isMaskable: boolean;
  /** Masked by the kernel each time it fires, until `unmask`: as level-triggered ones need. */
  readonly isAutomasked: boolean;
  /** Whether enabling more vectors means disabling all of them first. */
  readonly isFixedWhenEnabled: boolean;
  readonly #device: IrqOwner;

  private constructor(device: IrqOwner, info: DataView) {
    const { index, flags, count } = IrqInfo.decode(info);
    this.#device = device;
    this.index = index;
    this.count = count;
    this.canSignalEvents = (flags & VFIO_IRQ_INFO_EVENTFD) !== 0;
    this.isMaskable = (flags & VFIO_IRQ_INFO_MASKABLE) !== 0;
    this.isAutomasked = (flags & VFIO_IRQ_INFO_AUTOMASKED) !== 0;
    this.isFixedWhenEnabled = (flags & VFIO_IRQ_INFO_NORESIZE) !== 0;
  }

  /** @throws VfioError: EINVAL when the device has no interrupts of this index */
  static of(device: IrqOwner, index: number): Irq {
    const info = IrqInfo.create({ argsz: IrqInfo.size, index });
    const result = device.system.ioctl(device.fd, VFIO_DEVICE_GET_IRQ_INFO, info);
    checked(`VFIO_DEVICE_GET_IRQ_INFO of ${device.name}, ${nameOf(index)}`, result);
    return new Irq(device, info);
  }

  /** `INTx`, `MSI`, `MSI-X`, `ERR` or `REQ` on a PCI device. */
  get name(): string {
    return nameOf(this.index);
  }

  /** Enables vectors from `start` on: each signals its event. `undefined` leaves a vector without. */
  setEvents(events: readonly (Event | undefined)[], start = 0): void {
    this.#setEvents(VFIO_IRQ_SET_ACTION_TRIGGER, events, start);
  }

  /** Unmasks a vector whenever an event is signalled, without a call. */
  setUnmaskEvent(event: Event | undefined, vector = 0): void {
    this.#setEvents(VFIO_IRQ_SET_ACTION_UNMASK, [event], vector);
  }

  /** Disables all vectors. */
  disable(): void {
    this.#set(VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER, 0, 0);
  }

  mask(vectors: Vectors = {}): void {
    this.#act(VFIO_IRQ_SET_ACTION_MASK, vectors);
  }

  unmask(vectors: Vectors = {}): void {
    this.#act(VFIO_IRQ_SET_ACTION_UNMASK, vectors);
  }

  /** Signals the events of vectors as if the device had: to test a handler. */
  trigger(vectors: Vectors = {}): void {
    this.#act(VFIO_IRQ_SET_ACTION_TRIGGER, vectors);
  }

  #act(action: number, { start = 0, count = 1 }: Vectors): void {
    this.#set(VFIO_IRQ_SET_DATA_NONE | action, start, count);
  }

  #setEvents(action: number, events: readonly (Event | undefined)[], start: number): void {
    const descriptors = new DataView(new ArrayBuffer(events.length * 4));
    for (const [i, event] of events.entries()) descriptors.setInt32(i * 4, event?.fd ?? -1, true);
    this.#set(VFIO_IRQ_SET_DATA_EVENTFD | action, start, events.length, descriptors);
  }

  #set(flags: number, start: number, count: number, data?: DataView): void {
    const argsz = IrqSet.size + (data?.byteLength ?? 0);
    const request = IrqSet.create({ argsz, flags, index: this.index, start, count }, argsz);
    for (let i = 0; i < argsz - IrqSet.size; i++) {
      request.setUint8(IrqSet.size + i, data?.getUint8(i) ?? 0);
    }
    const { system, fd, name } = this.#device;
    const result = system.ioctl(fd, VFIO_DEVICE_SET_IRQS, request);
    checked(`VFIO_DEVICE_SET_IRQS of ${name}, ${this.name}`, result, meanings);
  }
}

function nameOf(index: number): string {
  return names[index] ?? `irq ${index}`;
}
