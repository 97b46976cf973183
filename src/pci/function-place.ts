/** Where a function is put, and by whom. */
import type { Device } from '../kernel/device.js';
import type { Kernel } from '../kernel/kernel.js';
import type { Networks } from '../net/networks.js';
import type { PciBus } from './bus.js';
import type { IrqNumbers } from './irq-numbers.js';
import type { PciAddress } from './pci-address.js';

export interface FunctionPlace {
  readonly kernel: Kernel;
  readonly networks: Networks;
  readonly address: PciAddress;
  /** Its driver-model device, named after the address. */
  readonly device: Device;
  readonly bus: PciBus;
  /** Addresses that firmware assigned, by BAR index; 6 is the ROM. */
  readonly addresses: ReadonlyMap<number, bigint>;
  /** The irq its INTx pin is wired to; 0 without a pin. */
  readonly routedIrq: number;
  /** What firmware writes into the interrupt line register. */
  readonly interruptLine: number;
  readonly irqNumbers: IrqNumbers;
  /** Whether other functions share its slot, which function 0 says of all. */
  readonly isMultifunction: boolean;
}
