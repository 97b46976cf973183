/**
 * The EEPROM (82576 data sheet §6): words of 16 bits, the first three of which are the MAC address, with a
 * checksum that makes the first 64 add up to BABAh. Software reads them through EERD.
 */

import { EERD_DONE, EERD_START } from './registers.js';

/** Six bytes. */
export type MacAddress = Uint8Array;

/** Words: 16 Kbit. EECD says so by EEPROM_SIZE. */
export const EEPROM_WORDS = 1024;
export const EEPROM_SIZE = Math.log2(EEPROM_WORDS) - 6;

const CHECKED_WORDS = 64;
const CHECKSUM = 0xbaba;
/** Words that have a meaning to drivers. */
const COMPATIBILITY = 0x03;
/** No alternate MAC address anywhere. */
const ALTERNATE_ADDRESS = 0x37;
const SUBSYSTEM_ID = 0x0b;
const SUBSYSTEM_VENDOR_ID = 0x0c;
const DEVICE_ID = 0x0d;
const VENDOR_ID = 0x0e;
const INIT_CONTROL_2 = 0x0f;
const LED_DEFAULT = 0x04;

export class Eeprom {
  readonly #words = new Uint16Array(EEPROM_WORDS).fill(0xffff);

  constructor(address: MacAddress, ids: { readonly device: number; readonly vendor: number }) {
    const words = this.#words;
    words.fill(0, 0, CHECKED_WORDS);
    for (let index = 0; index < 3; index++) {
      words[index] = (address[2 * index] ?? 0) | ((address[2 * index + 1] ?? 0) << 8);
    }
    words[COMPATIBILITY] = 0x0420;
    words[LED_DEFAULT] = 0xffff;
    words[SUBSYSTEM_ID] = 0;
    words[SUBSYSTEM_VENDOR_ID] = ids.vendor;
    words[DEVICE_ID] = ids.device;
    words[VENDOR_ID] = ids.vendor;
    words[INIT_CONTROL_2] = 0x7000;
    words[ALTERNATE_ADDRESS] = 0xffff;
    const sum = words.subarray(0, CHECKED_WORDS - 1).reduce((total, word) => total + word, 0);
    words[CHECKED_WORDS - 1] = CHECKSUM - sum;
  }

  /** What EERD holds after software has written it: a word, if it asked for one (§8.4.2). */
  answer(eerd: number): number {
    if ((eerd & EERD_START) === 0) return eerd;
    const address = (eerd >>> 2) & 0x3fff;
    return (this.read(address) << 16) | (address << 2) | EERD_DONE;
  }

  /** A word; beyond the end all ones. */
  read(address: number): number {
    return this.#words[address] ?? 0xffff;
  }
}
