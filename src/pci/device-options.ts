/** Reading options of devices: text from command lines and descriptions, into what models want. */
import { type DeviceOptions, DeviceOptionError, type FunctionDescription } from './device-model.js';

/** A number from `least` to `most`: decimal, or hexadecimal as 0x…. @throws DeviceOptionError */
export function numberOption(
  options: DeviceOptions,
  name: string,
  limits: { readonly default: number; readonly least?: number; readonly most?: number },
): number {
  const text = options[name];
  if (text === undefined) return limits.default;
  const value = parseNumber(text);
  const { least = Number.MIN_SAFE_INTEGER, most = Number.MAX_SAFE_INTEGER } = limits;
  if (value === undefined) {
    const fix = 'write one such as 512, 0x200 or 64M';
    throw new DeviceOptionError(name, `'${text}' is no number: ${fix}`);
  }
  if (value % 1 !== 0) throw new DeviceOptionError(name, `${text} is no whole number`);
  if (value < least || value > most) {
    const range = limits.most === undefined ? `${least} or more` : `${least} to ${most}`;
    throw new DeviceOptionError(name, `${text} is out of range: ${range}`);
  }
  return value;
}

/** A number with an optional K, M, G or T (powers of 1024) behind it. Undefined: it is none. */
export function parseNumber(text: string): number | undefined {
  const match = /^(0x[0-9a-f]+|[0-9]+(?:\.[0-9]+)?)([kmgt]?)i?b?$/i.exec(text.trim());
  if (match === null) return undefined;
  const [, digits = '', unit = ''] = match;
  const factor = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 }[unit.toLowerCase()] ?? 1;
  return Number(digits) * factor;
}

/** Options that say where a device is beside its address, which every model takes. */
export const PLACEMENT_OPTIONS: Readonly<Record<string, string>> = Object.freeze({
  slot: 'name of the physical slot it is in, for /sys/bus/pci/slots',
  firmware_node: "its node in the firmware's tables, such as PNP0A08:00/device:01",
  root_bus: 'true: no bridge leads to its bus, though it is not bus 00',
  addresses: 'where firmware puts its BARs, as bar0=0xfe200000 rom=0xfe340000',
});

/** The description with what the options say of the place. @throws DeviceOptionError */
export function place(
  description: FunctionDescription,
  options: DeviceOptions,
): FunctionDescription {
  const { slot, firmware_node: firmwareNode, addresses = '', root_bus: rootBus } = options;
  if (rootBus !== undefined && rootBus !== 'true' && rootBus !== 'false') {
    throw new DeviceOptionError('root_bus', `is true or false, not '${rootBus}'`);
  }
  const named = parseAddresses(addresses);
  const { rom } = description;
  const romAddress = named.get('rom');
  const bars = description.bars?.map((bar) => {
    const address = named.get(`bar${bar.index}`);
    return address === undefined ? bar : { ...bar, address };
  });
  return {
    ...description,
    ...(bars === undefined ? {} : { bars }),
    ...(rom === undefined || romAddress === undefined
      ? {}
      : { rom: { ...rom, address: romAddress } }),
    ...(rootBus === 'true' ? { isOnRootBus: true } : {}),
    ...(slot === undefined ? {} : { physicalSlot: slot }),
    ...(firmwareNode === undefined ? {} : { firmwareNode }),
  };
}

function parseAddresses(text: string): Map<string, bigint> {
  const named = new Map<string, bigint>();
  for (const pair of text.split(/\s+/).filter(Boolean)) {
    const match = /^(bar[0-5]|rom)=(0x[0-9a-f]{1,16})$/i.exec(pair);
    if (match === null) {
      throw new DeviceOptionError('addresses', `'${pair}' is not like bar0=0xfe200000`);
    }
    named.set((match[1] ?? '').toLowerCase(), BigInt(match[2] ?? 0));
  }
  return named;
}
