/** Registers of a session's devices by the names of their data sheets. */
import { VFIO_PCI_CONFIG_REGION_INDEX } from '../../uapi/vfio.js';
import { registerKey, type SessionDevice } from '../session.js';
import { configRegisterName } from './config-registers.js';
import { regionName } from './constants.js';
import { hex } from './quantities.js';

export class RegisterNames {
  readonly #devices: ReadonlyMap<string, SessionDevice>;

  constructor(devices: ReadonlyMap<string, SessionDevice>) {
    this.#devices = devices;
  }

  /** `PCI_COMMAND`, `CC`; `BAR0+0x1234` for what has no name. */
  nameOf(device: string, region: number, offset: number): string {
    const known = this.#devices.get(device);
    if (region === VFIO_PCI_CONFIG_REGION_INDEX) {
      return configRegisterName(offset, known?.capabilities ?? new Map());
    }
    const name = known?.registerNames.get(registerKey(region, offset));
    return name ?? `${regionName(region)}+${hex(offset)}`;
  }
}
