/** An open VFIO device: its regions, its interrupts, its reset. */
import {
  DeviceInfo,
  VFIO_DEVICE_FLAGS_PCI,
  VFIO_DEVICE_FLAGS_RESET,
  VFIO_DEVICE_GET_INFO,
  VFIO_DEVICE_RESET,
  VFIO_PCI_CONFIG_REGION_INDEX,
  VFIO_PCI_INTX_IRQ_INDEX,
  VFIO_PCI_MSIX_IRQ_INDEX,
  VFIO_PCI_MSI_IRQ_INDEX,
} from '../uapi/vfio.js';
import { checked } from './error.js';
import { requestInfo } from './info.js';
import { Irq } from './irq.js';
import { Region } from './region.js';
import type { VfioSystem } from './system.js';

/** Command register in config space, and the bit that lets a device master the bus (PCI 3.0 §6.2.2). */
const PCI_COMMAND = 0x04;
const PCI_COMMAND_MEMORY = 0x2;
const PCI_COMMAND_MASTER = 0x4;

export class VfioDevice {
  readonly system: VfioSystem;
  /** The name it was opened by, `0000:00:05.0` for PCI. */
  readonly name: string;
  readonly fd: number;
  readonly isPci: boolean;
  readonly canReset: boolean;
  readonly regionCount: number;
  readonly irqCount: number;
  readonly #regions = new Map<number, Region>();
  readonly #irqs = new Map<number, Irq>();
  #isOpen = true;

  private constructor(system: VfioSystem, name: string, fd: number, info: DataView) {
    const { flags, numRegions, numIrqs } = DeviceInfo.decode(info);
    this.system = system;
    this.name = name;
    this.fd = fd;
    this.isPci = (flags & VFIO_DEVICE_FLAGS_PCI) !== 0;
    this.canReset = (flags & VFIO_DEVICE_FLAGS_RESET) !== 0;
    this.regionCount = numRegions;
    this.irqCount = numIrqs;
  }

  /** The device behind a descriptor, which it takes over; closed when it is none. @throws VfioError */
  static of(system: VfioSystem, name: string, fd: number): VfioDevice {
    try {
      const request = { name: `VFIO_DEVICE_GET_INFO of ${name}`, number: VFIO_DEVICE_GET_INFO };
      // 16 bytes are all that kernels without capabilities of devices know.
      const info = requestInfo(system, fd, request, DeviceInfo.endOf('numIrqs'), (argsz) =>
        DeviceInfo.create({ argsz }, Math.max(argsz, DeviceInfo.size)),
      );
      return new VfioDevice(system, name, fd, info);
    } catch (error) {
      system.close(fd);
      throw error;
    }
  }

  /** A region by its index (VFIO_DEVICE_GET_REGION_INFO). @throws VfioError: EINVAL for no such index */
  region(index: number): Region {
    let region = this.#regions.get(index);
    if (region === undefined) {
      region = Region.of(this, index);
      this.#regions.set(index, region);
    }
    return region;
  }

  /** Config space of a PCI device. */
  get config(): Region {
    return this.region(VFIO_PCI_CONFIG_REGION_INDEX);
  }

  /** A base address register's region; its size is 0 when the device has none. @param number 0 to 5 */
  bar(number: number): Region {
    if (!(number >= 0 && number <= 5)) throw new RangeError(`there is no BAR ${number}: 0 to 5`);
    return this.region(number);
  }

  /** Interrupts by their index (VFIO_DEVICE_GET_IRQ_INFO). @throws VfioError: EINVAL for no such index */
  irq(index: number): Irq {
    let irq = this.#irqs.get(index);
    if (irq === undefined) {
      irq = Irq.of(this, index);
      this.#irqs.set(index, irq);
    }
    return irq;
  }

  /** The interrupt pin of a PCI device. */
  get intx(): Irq {
    return this.irq(VFIO_PCI_INTX_IRQ_INDEX);
  }

  get msi(): Irq {
    return this.irq(VFIO_PCI_MSI_IRQ_INDEX);
  }

  get msix(): Irq {
    return this.irq(VFIO_PCI_MSIX_IRQ_INDEX);
  }

  /** Lets a PCI device answer memory accesses and do DMA (which MSI are too). */
  enableBusMaster(): void {
    const command = this.config.read16(PCI_COMMAND);
    this.config.write16(PCI_COMMAND, command | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
  }

  /** Ends a PCI device's DMA. */
  disableBusMaster(): void {
    this.config.write16(PCI_COMMAND, this.config.read16(PCI_COMMAND) & ~PCI_COMMAND_MASTER);
  }

  /** Resets the device (VFIO_DEVICE_RESET). @throws VfioError: EINVAL when it can't be reset alone */
  reset(): void {
    const result = this.system.ioctl(this.fd, VFIO_DEVICE_RESET, 0);
    checked(`VFIO_DEVICE_RESET of ${this.name}`, result);
  }

  /** Closes the device, which disables its interrupts and DMA. Idempotent. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    checked(`close of ${this.name}`, this.system.close(this.fd));
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
