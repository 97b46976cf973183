/**
 * A machine with captured functions. A function alone is not found on a bus: the bridges that lead to
 * it are captured with it, and function 0 of each slot.
 */
import { readdirSync } from 'node:fs';
import { formatPciAddress, parsePciAddress } from '../../pci/pci-address.js';
import { CaptureError } from './capture-error.js';
import {
  bridgesAbove,
  type CapturedFunction,
  captureFunction,
  PCI_DEVICES,
} from './captured-function.js';
import { readSummary } from './summary.js';

/**
 * Captures functions and what it takes for them to be there, by address.
 * @throws CaptureError
 */
export function captureMachine(addresses: readonly string[], withRom: boolean): CapturedFunction[] {
  const there = presentAddresses();
  const wanted = new Set<string>();
  for (const text of addresses) {
    const address = presentAddress(text, there);
    for (const name of [...bridgesAbove(address), address]) {
      wanted.add(name);
      const first = name.replace(/\.[0-7]$/, '.0');
      if (there.includes(first)) wanted.add(first);
    }
  }
  return [...wanted].sort().map((address) => captureFunction(address, withRom));
}

function presentAddresses(): string[] {
  try {
    return readdirSync(PCI_DEVICES).sort();
  } catch {
    throw new CaptureError(`this computer has no PCI devices: there is no ${PCI_DEVICES}`);
  }
}

/** The address as Linux writes it. @throws CaptureError that says which devices there are */
function presentAddress(text: string, there: readonly string[]): string {
  const parsed = parsePciAddress(text);
  const address = parsed === undefined ? undefined : formatPciAddress(parsed);
  if (address !== undefined && there.includes(address)) return address;
  const problem =
    address === undefined
      ? `'${text}' is no PCI address: write it as 0000:00:05.0`
      : `there is no PCI device ${address}`;
  if (there.length === 0) throw new CaptureError(`${problem}, nor any other`);
  const list = there.map((name) => `\n  ${name}  ${readSummary(name)}`).join('');
  throw new CaptureError(`${problem}. There are:${list}`);
}
