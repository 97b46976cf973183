/** `new_id` and `remove_id` of PCI drivers: ids added and removed while the system runs. */
import type { DeviceDriver } from '../../kernel/driver.js';
import { kernelError } from '../../kernel/error.js';
import { addAttribute } from '../../kernel/sysfs.js';
import type { Directory } from '../../kernel/tree.js';
import { PCI_ANY_ID, type PciDeviceId, type PciDriver } from '../driver.js';
import type { Pci } from '../pci.js';

/** Adds the files to each driver that is registered from now on. */
export function addDriverFiles(pci: Pci, bus: Directory): void {
  const { observer } = pci.bus;
  if (observer === undefined) return;
  const driverAdded = observer.driverAdded.bind(observer);
  observer.driverAdded = (driver: DeviceDriver) => {
    driverAdded(driver);
    const pciDriver = pci.driverOf(driver);
    if (pciDriver !== undefined)
      addIdFiles(pci, bus.directoryAt(`drivers/${driver.name}`), pciDriver);
  };
}

function addIdFiles(pci: Pci, directory: Directory, driver: PciDriver): void {
  addAttribute(directory, 'new_id', {
    mode: 0o200,
    store: (text) => newId(pci, driver, text),
  });
  addAttribute(directory, 'remove_id', {
    mode: 0o200,
    store: (text) => pci.matching.removeId(driver, parseIds(text, 6).id),
  });
}

/**
 * `vendor device [subvendor [subdevice [class [mask [data]]]]]`: the driver takes these from now on.
 * @throws EINVAL for fewer than two numbers or data that the driver has not, EEXIST
 */
function newId(pci: Pci, driver: PciDriver, text: string): void {
  const { id, data } = parseIds(text, 7);
  if (data === undefined && pci.matching.knows(driver, id)) throw kernelError('EEXIST');
  if (data !== undefined && data !== 0 && driver.hasNoIdTable !== true) throw kernelError('EINVAL');
  pci.matching.addId(driver, id);
  pci.bus.attachDriver(driver);
}

/** Hexadecimal numbers up to the first thing that is none, as `sscanf` reads them. */
function parseIds(text: string, most: number): { id: PciDeviceId; data: number | undefined } {
  const numbers: number[] = [];
  let rest = text;
  while (numbers.length < most) {
    const match = /^\s*(?:0x)?([0-9a-f]+)/i.exec(rest);
    if (match === null) break;
    numbers.push(Number.parseInt(match[1] ?? '', 16) % 2 ** 32);
    rest = rest.slice(match[0].length);
    if (!/^\s/.test(rest)) break;
  }
  const [vendor, device] = numbers;
  if (vendor === undefined || device === undefined) throw kernelError('EINVAL');
  return {
    id: {
      vendor,
      device,
      subsystemVendor: numbers[2] ?? PCI_ANY_ID,
      subsystem: numbers[3] ?? PCI_ANY_ID,
      class: numbers[4] ?? 0,
      classMask: numbers[5] ?? 0,
    },
    data: numbers[6],
  };
}
