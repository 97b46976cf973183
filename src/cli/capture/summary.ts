/** A PCI function in a few words: class and ids, as `lspci -n` has them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { PCI_DEVICES } from './captured-function.js';

/** `[0200] 8086:100e`, from sysfs. */
export function readSummary(address: string): string {
  const digits = (name: string): string =>
    readFileSync(path.join(PCI_DEVICES, address, name), 'utf8')
      .trim()
      .replace(/^0x/, '');
  return `[${digits('class').slice(0, 4)}] ${digits('vendor')}:${digits('device')}`;
}

/** The same from configuration space. */
export function summarize(config: Uint8Array): string {
  const view = new DataView(config.buffer, config.byteOffset, config.byteLength);
  const word = (offset: number): string =>
    view.getUint16(offset, true).toString(16).padStart(4, '0');
  return `[${word(0x0a)}] ${word(0)}:${word(2)}`;
}
