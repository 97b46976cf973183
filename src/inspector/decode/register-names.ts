/** Registers of a session's devices by the names of their data sheets. */
import { VFIO_PCI_CONFIG_REGION_INDEX } from '../../uapi/vfio.js';
import { registerKey, type SessionDevice } from '../session.js';
import { configRegisterName } from './config-registers.js';
import { regionName } from './constants.js';
import { hex } from './quantities.js';

const NOWHERE: ReadonlyMap<number, number> = new Map();

export class RegisterNames {
  readonly #devices: ReadonlyMap<string, SessionDevice>;

  constructor(devices: ReadonlyMap<string, SessionDevice>) {
    this.#devices = devices;
  }

  /** `PCI_COMMAND`, `CC`; undefined for what has no name. */
  nameOf(device: string, region: number, offset: number): string | undefined {
    const known = this.#devices.get(device);
    if (region === VFIO_PCI_CONFIG_REGION_INDEX) {
      return configRegisterName(offset, known?.capabilities ?? NOWHERE);
    }
    return known?.registerNames.get(registerKey(region, offset));
  }

  /** `CC`, or `BAR0+0x1234`. */
  textOf(device: string, region: number, offset: number): string {
    return this.nameOf(device, region, offset) ?? placeText(region, offset);
  }
}

/** `BAR0+0x1234` */
export function placeText(region: number, offset: number): string {
  return `${regionName(region)}+${hex(offset)}`;
}
