/** Configuration space as text: what `lspci -xxx` and `-xxxx` print, or plain hexadecimal digits. */
import { DeviceOptionError } from '../../pci/device-model.js';

/**
 * Reads 64, 256 or 4096 bytes (or less; the rest is zero). Of lspci's output, lines that are no dump
 * are skipped. @throws DeviceOptionError for text that is neither
 */
export function parseConfigText(text: string, option = 'config'): Uint8Array {
  const dump = [...text.matchAll(/^\s*([0-9a-f]{2,3}):((?:\s[0-9a-f]{2}){1,16})\s*$/gim)];
  if (dump.length > 0) {
    const bytes = new Uint8Array(4096);
    let end = 0;
    for (const [, address = '', row = ''] of dump) {
      const at = Number.parseInt(address, 16);
      const values = parseHex(row, option);
      bytes.set(values.subarray(0, bytes.length - at), at);
      end = Math.max(end, at + values.length);
    }
    return bytes.subarray(0, end > 256 ? 4096 : 256);
  }
  const bytes = parseHex(text, option);
  if (bytes.length < 64 || bytes.length > 4096) {
    throw new DeviceOptionError(
      option,
      `${bytes.length} bytes are no configuration space: 64 to 4096 are`,
    );
  }
  const whole = new Uint8Array(bytes.length > 256 ? 4096 : 256);
  whole.set(bytes);
  return whole;
}

/** Bytes from hexadecimal digits; blanks and line ends do not matter. @throws DeviceOptionError */
export function parseHex(text: string, option: string): Uint8Array {
  const digits = text.replace(/\s+/g, '');
  if (!/^(?:[0-9a-f]{2})*$/i.test(digits)) {
    throw new DeviceOptionError(
      option,
      'has to be hexadecimal digits, two a byte, or what lspci -xxxx prints',
    );
  }
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
