/** A PCI function bound to vfio-pci, open or not (`struct vfio_pci_core_device`). */
import type { SessionEvent } from '../kernel/diagnostics.js';
import { kernelError } from '../kernel/error.js';
import type { Kernel } from '../kernel/kernel.js';
import type { PciFunction } from '../pci/function.js';
import type { BoundDevices } from './bound-devices.js';
import { Session } from './session.js';

export class VfioPciDevice {
  readonly kernel: Kernel;
  readonly pci: PciFunction;
  readonly bound: BoundDevices;
  #session: Session | undefined;
  #openCount = 0;
  #needsReset = false;

  constructor(kernel: Kernel, pci: PciFunction, bound: BoundDevices) {
    this.kernel = kernel;
    this.pci = pci;
    this.bound = bound;
  }

  /** The use in progress, while any file of the device is open. */
  get session(): Session | undefined {
    return this.#session;
  }

  /** Whether it has been used and not been reset since. */
  get needsReset(): boolean {
    return this.#needsReset;
  }

  resetDone(): void {
    this.#needsReset = false;
  }

  /** A file is being opened; the first begins the use. @throws ENODEV while the module is going */
  open(): void {
    const module = this.kernel.module('vfio_pci');
    if (!module.tryGet()) throw kernelError('ENODEV');
    if (this.#session === undefined) this.#tell('opened');
    this.#session ??= new Session(this.kernel, this.pci, this.bound.parameters);
    this.#openCount += 1;
  }

  /** A file has been closed; the last ends the use. */
  release(): void {
    this.#openCount -= 1;
    if (this.#openCount === 0 && this.#session !== undefined) {
      this.#tell('closing');
      this.#needsReset = !this.#session.close();
      this.#session = undefined;
      this.#tell('closed', !this.#needsReset);
      this.bound.resetIdleBus(this);
    }
    this.kernel.module('vfio_pci').put();
  }

  /** Asks the user to let go of the device (`vfio_pci_request`). `count`: times asked before. */
  request(count: number): void {
    const request = this.#session?.irqs.request;
    const { device } = this.pci;
    this.#tell('requested');
    if (request?.isSet) {
      if (count % 10 === 0) {
        this.kernel.log.deviceInfo(device, `Relaying device request to user (#${count})`);
      }
      request.signal();
    } else if (count === 0) {
      this.kernel.log.deviceWarning(
        device,
        'No device request channel registered, blocked until released by user',
      );
    }
  }

  /** The device has reported an uncorrectable error (`vfio_pci_aer_err_detected`). */
  errorDetected(): void {
    this.#session?.irqs.error.signal();
  }

  #tell(stage: SessionEvent['stage'], wasReset?: boolean): void {
    const { events, device } = this.pci;
    const event = { device, stage };
    events.session.publish?.(wasReset === undefined ? event : { ...event, wasReset });
  }
}
