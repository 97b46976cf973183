/**
 * How INTx pins are wired, as on Intel's q35: each slot of the root bus starts at another of four
 * lines, and bridges rotate pins by slot (PCI-to-PCI Bridge Architecture 1.2 §9.1).
 */
import type { PciAddress } from './pci-address.js';

/** The I/O APIC pin of the first of the four lines. */
const FIRST_IRQ = 20;

/** What firmware writes into interrupt line registers, by line (8259 inputs). */
const FIRMWARE_LINES = [10, 10, 11, 11];

/** Where an INTx pin ends. */
export interface InterruptRoute {
  /** The irq the kernel uses once the function is enabled. */
  readonly irq: number;
  /** What firmware leaves in the interrupt line register. */
  readonly line: number;
}

/**
 * The route of a pin (1 for INTA#; 0, none, has none).
 * @param bridges the bridges above the function, nearest first
 */
export function routeInterrupt(
  pin: number,
  address: PciAddress,
  bridges: readonly PciAddress[],
): InterruptRoute {
  if (pin === 0) return { irq: 0, line: 0 };
  let number = pin - 1;
  let at = address;
  for (const bridge of bridges) {
    number = (number + at.slot) % 4;
    at = bridge;
  }
  const line = (number + at.slot) % 4;
  return { irq: FIRST_IRQ + line, line: FIRMWARE_LINES[line] ?? 0 };
}
