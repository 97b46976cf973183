/** A device in use: its files, and the requests that the tests make on them. */
import * as vfio from '../../src/uapi/vfio.js';
import { errnoName } from '../../src/uapi/errno.js';
import { PAGE_SIZE, PROT_READ, PROT_WRITE } from '../../src/uapi/file.js';
import type { TestEventFd, TestMachine } from './test-machine.js';

/** What SET_IRQS is asked for; without `argsz` it is header and data. */
export interface IrqSetRequest {
  readonly index: number;
  readonly flags: number;
  readonly start?: number;
  readonly count?: number;
  readonly argsz?: number;
  readonly fds?: readonly (number | TestEventFd)[];
  readonly bools?: readonly number[];
}

export const INTX = vfio.VFIO_PCI_INTX_IRQ_INDEX;
export const MSI = vfio.VFIO_PCI_MSI_IRQ_INDEX;
export const MSIX = vfio.VFIO_PCI_MSIX_IRQ_INDEX;
export const ERR = vfio.VFIO_PCI_ERR_IRQ_INDEX;
export const REQ = vfio.VFIO_PCI_REQ_IRQ_INDEX;
export const ROM = vfio.VFIO_PCI_ROM_REGION_INDEX;
export const CONFIG = vfio.VFIO_PCI_CONFIG_REGION_INDEX;
export const VGA = vfio.VFIO_PCI_VGA_REGION_INDEX;
export const NONE = vfio.VFIO_IRQ_SET_DATA_NONE;
export const BOOL = vfio.VFIO_IRQ_SET_DATA_BOOL;
export const EVENTFD = vfio.VFIO_IRQ_SET_DATA_EVENTFD;
export const MASK = vfio.VFIO_IRQ_SET_ACTION_MASK;
export const UNMASK = vfio.VFIO_IRQ_SET_ACTION_UNMASK;
export const TRIGGER = vfio.VFIO_IRQ_SET_ACTION_TRIGGER;

/** Memory that nobody has. */
export const BAD_POINTER = 0x10;

export class OpenDevice {
  readonly machine: TestMachine;
  readonly container: number;
  readonly group: number;
  readonly fd: number;

  constructor(machine: TestMachine, files: { container: number; group: number; name: string }) {
    this.machine = machine;
    this.container = files.container;
    this.group = files.group;
    this.fd = this.again(files.name);
  }

  /** Gets another descriptor of the device, or of another one in the group. */
  again(name: string): number {
    const bytes = new TextEncoder().encode(`${name}\0`);
    return this.machine.ioctlOf(
      this.group,
      vfio.VFIO_GROUP_GET_DEVICE_FD,
      new DataView(bytes.buffer),
    );
  }

  close(): void {
    for (const fd of [this.fd, this.group, this.container]) this.machine.files.close(fd);
  }

  ioctl(command: number, argument: number | DataView): number | string {
    return this.machine.ioctl(this.fd, command, argument);
  }

  setIrqs(request: IrqSetRequest): number | string {
    const { fds = [], bools = [], flags, index, start = 0 } = request;
    const size = 4 * fds.length + bools.length;
    const view = new DataView(new ArrayBuffer(vfio.IrqSet.size + size));
    const count = request.count ?? fds.length + bools.length;
    const argsz = request.argsz ?? view.byteLength;
    vfio.IrqSet.encode(view, { argsz, flags, index, start, count });
    fds.forEach((fd, i) => {
      view.setInt32(vfio.IrqSet.size + 4 * i, typeof fd === 'number' ? fd : fd.fd, true);
    });
    new Uint8Array(view.buffer).set(bools, vfio.IrqSet.size + 4 * fds.length);
    return this.ioctl(vfio.VFIO_DEVICE_SET_IRQS, view);
  }

  /** Gives interrupts from 0 their eventfds. */
  enable(index: number, ...fds: (number | TestEventFd)[]): number | string {
    return this.setIrqs({ index, flags: EVENTFD | TRIGGER, fds });
  }

  disable(index: number): number | string {
    return this.setIrqs({ index, flags: NONE | TRIGGER, count: 0 });
  }

  /** Signals interrupts as the device would. */
  loopBack(index: number, start = 0, count = 1): number | string {
    return this.setIrqs({ index, flags: NONE | TRIGGER, start, count });
  }

  read(region: number, offset: number, count: number): Uint8Array | string {
    const file = this.machine.files.get(this.fd);
    if (file === undefined) throw new Error('closed');
    const bytes = new Uint8Array(count);
    const address = this.machine.memory.map(bytes);
    const at = vfio.regionOffset(region) + offset;
    const result = this.machine.calls.read(this.machine.task, file, address, count, at);
    this.machine.memory.unmap(address);
    if (typeof result !== 'number') throw new Error('the call sleeps');
    return result < 0 ? (errnoName(result) ?? String(result)) : bytes.subarray(0, result);
  }

  write(region: number, offset: number, bytes: readonly number[]): number | string {
    const file = this.machine.files.get(this.fd);
    if (file === undefined) throw new Error('closed');
    const address = this.machine.memory.map(Uint8Array.from(bytes));
    const at = vfio.regionOffset(region) + offset;
    const result = this.machine.calls.write(this.machine.task, file, address, bytes.length, at);
    this.machine.memory.unmap(address);
    if (typeof result !== 'number') throw new Error('the call sleeps');
    return result < 0 ? (errnoName(result) ?? String(result)) : result;
  }

  /** Reads a little-endian number that must be there. */
  number(region: number, offset: number, size: 1 | 2 | 4): number {
    const bytes = this.read(region, offset, size);
    if (typeof bytes === 'string') throw new Error(bytes);
    return bytes.reduceRight((value, byte) => value * 256 + byte, 0);
  }

  writeNumber(region: number, offset: number, size: 1 | 2 | 4, value: number): number | string {
    const bytes = Array.from({ length: size }, (_, i) => (value >>> (8 * i)) & 0xff);
    return this.write(region, offset, bytes);
  }

  get command(): number {
    return this.number(CONFIG, 4, 2);
  }

  set command(value: number) {
    this.writeNumber(CONFIG, 4, 2, value);
  }

  /** Maps a part of a region: its bytes, or the error. */
  map(region: number, offset: number, length: number, isShared = true): Uint8Array | string {
    const file = this.machine.files.get(this.fd);
    if (file === undefined) throw new Error('closed');
    const area = this.machine.calls.mmap(this.machine.task, file, {
      length,
      protection: PROT_READ | PROT_WRITE,
      isShared,
      offset: vfio.regionOffset(region) + offset,
    });
    if (typeof area === 'number') return errnoName(area) ?? String(area);
    return area.backing?.bytes ?? new Uint8Array(PAGE_SIZE);
  }
}
