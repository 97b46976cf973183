/**
 * What configuration space says of MSI and MSI-X, and what the kernel writes there (PCI 3.0 §6.8).
 */
import {
  PCI_MSIX_FLAGS,
  PCI_MSIX_FLAGS_ENABLE,
  PCI_MSIX_FLAGS_MASKALL,
  PCI_MSIX_FLAGS_QSIZE,
  PCI_MSI_ADDRESS_HI,
  PCI_MSI_ADDRESS_LO,
  PCI_MSI_DATA_32,
  PCI_MSI_DATA_64,
  PCI_MSI_FLAGS,
  PCI_MSI_FLAGS_64BIT,
  PCI_MSI_FLAGS_ENABLE,
  PCI_MSI_FLAGS_QMASK,
  PCI_MSI_FLAGS_QSIZE,
} from '../uapi/pci-regs.js';
import type { ConfigSpace } from './config-space.js';

export class MessageInterrupts {
  readonly #config: ConfigSpace;
  readonly #msi: number | undefined;
  readonly #msix: number | undefined;

  /** @param msi offset of the MSI capability; @param msix that of the MSI-X capability */
  constructor(config: ConfigSpace, msi: number | undefined, msix: number | undefined) {
    this.#config = config;
    this.#msi = msi;
    this.#msix = msix;
  }

  get isMsiEnabled(): boolean {
    return this.#flag(this.#msi, PCI_MSI_FLAGS, PCI_MSI_FLAGS_ENABLE);
  }

  get isMsixEnabled(): boolean {
    return this.#flag(this.#msix, PCI_MSIX_FLAGS, PCI_MSIX_FLAGS_ENABLE);
  }

  /** Whether all vectors of MSI-X are masked. */
  get isMsixMasked(): boolean {
    return this.#flag(this.#msix, PCI_MSIX_FLAGS, PCI_MSIX_FLAGS_MASKALL);
  }

  /** Vectors of MSI that software has given the device: 1 to 32; 0 while MSI is off. */
  get msiVectors(): number {
    if (this.#msi === undefined || !this.isMsiEnabled) return 0;
    return 1 << ((this.#config.read(this.#msi + PCI_MSI_FLAGS, 2) & PCI_MSI_FLAGS_QSIZE) >> 4);
  }

  /** Vectors that the function has: up to 32 of MSI, up to 2048 of MSI-X. */
  available(kind: 'msi' | 'msix'): number {
    if (kind === 'msi') {
      if (this.#msi === undefined) return 0;
      return 1 << ((this.#config.read(this.#msi + PCI_MSI_FLAGS, 2) & PCI_MSI_FLAGS_QMASK) >> 1);
    }
    if (this.#msix === undefined) return 0;
    return (this.#config.read(this.#msix + PCI_MSIX_FLAGS, 2) & PCI_MSIX_FLAGS_QSIZE) + 1;
  }

  /** Turns a capability on for so many vectors. */
  enable(kind: 'msi' | 'msix', count: number): void {
    if (kind === 'msix') {
      this.#setMsix(true);
      return;
    }
    if (this.#msi === undefined) return;
    const register = this.#msi + PCI_MSI_FLAGS;
    this.#config.setBits(register, 2, PCI_MSI_FLAGS_QSIZE, false);
    this.#config.setBits(register, 2, Math.ceil(Math.log2(count)) << 4, true);
    this.#config.setBits(register, 2, PCI_MSI_FLAGS_ENABLE, true);
  }

  disable(kind: 'msi' | 'msix'): void {
    if (kind === 'msix') {
      this.#setMsix(false);
      return;
    }
    if (this.#msi === undefined) return;
    const register = this.#msi + PCI_MSI_FLAGS;
    this.#config.setBits(register, 2, PCI_MSI_FLAGS_QSIZE | PCI_MSI_FLAGS_ENABLE, false);
  }

  /** Tells the device what to write for MSI; further vectors count up in the data's low bits. */
  setMessage({ address, data }: { readonly address: number; readonly data: number }): void {
    if (this.#msi === undefined) return;
    const is64bit = this.#flag(this.#msi, PCI_MSI_FLAGS, PCI_MSI_FLAGS_64BIT);
    this.#config.set(this.#msi + PCI_MSI_ADDRESS_LO, 4, address);
    if (is64bit) this.#config.set(this.#msi + PCI_MSI_ADDRESS_HI, 4, 0);
    this.#config.set(this.#msi + (is64bit ? PCI_MSI_DATA_64 : PCI_MSI_DATA_32), 2, data);
  }

  #setMsix(isOn: boolean): void {
    if (this.#msix === undefined) return;
    this.#config.setBits(this.#msix + PCI_MSIX_FLAGS, 2, PCI_MSIX_FLAGS_ENABLE, isOn);
  }

  #flag(capability: number | undefined, register: number, flag: number): boolean {
    return capability !== undefined && (this.#config.read(capability + register, 2) & flag) !== 0;
  }
}
