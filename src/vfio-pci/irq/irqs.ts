/** All interrupts of an open device. INTx, MSI and MSI-X exclude each other. */
import type { PciFunction } from '../../pci/function.js';
import * as vfio from '../../uapi/vfio.js';
import { Intx } from './intx.js';
import { Msi } from './msi.js';
import { SingleTrigger } from './single-trigger.js';

export class Irqs {
  readonly intx: Intx;
  readonly msi: Msi;
  readonly error: SingleTrigger;
  readonly request: SingleTrigger;
  readonly #pci: PciFunction;

  /** @param noIntxMask whether INTx is masked at the interrupt controller only */
  constructor(pci: PciFunction, noIntxMask: boolean) {
    this.#pci = pci;
    this.intx = new Intx(pci, noIntxMask);
    this.msi = new Msi(pci);
    const single = (index: number) =>
      new SingleTrigger((isArmed) => {
        const { events, device } = pci;
        events.interruptArmed.publish?.({ device, index, vector: 0, isArmed });
      });
    this.error = single(vfio.VFIO_PCI_ERR_IRQ_INDEX);
    this.request = single(vfio.VFIO_PCI_REQ_IRQ_INDEX);
  }

  /** Which of the kinds that exclude each other is enabled. */
  get enabled(): 'intx' | 'msi' | 'msix' | undefined {
    return this.intx.isEnabled ? 'intx' : this.msi.kind;
  }

  /** Interrupts that an index has; 0 beyond the last index (`VFIO_PCI_…_IRQ_INDEX`). */
  count(index: number): number {
    switch (index) {
      case vfio.VFIO_PCI_INTX_IRQ_INDEX:
        return this.#pci.interrupts.available('intx');
      case vfio.VFIO_PCI_MSI_IRQ_INDEX:
        return this.#pci.interrupts.available('msi');
      case vfio.VFIO_PCI_MSIX_IRQ_INDEX:
        return this.#pci.interrupts.available('msix');
      case vfio.VFIO_PCI_ERR_IRQ_INDEX:
        return this.#pci.isExpress ? 1 : 0;
      case vfio.VFIO_PCI_REQ_IRQ_INDEX:
        return 1;
      default:
        return 0;
    }
  }

  /** Disables everything and lets go of all eventfds. */
  disable(): void {
    this.intx.disable();
    this.msi.disable();
    this.error.set(undefined);
    this.request.set(undefined);
  }
}
