/** Where a PCI function is: domain, bus, slot (device number) and function. */

/** A function's address. Equal addresses format equally; compare those. */
export interface PciAddress {
  /** Segment group, 16 bits; beyond are those that Linux makes for controllers with buses of their own. */
  readonly domain: number;
  readonly bus: number;
  /** Device number, 5 bits. */
  readonly slot: number;
  /** Function number, 3 bits. */
  readonly function: number;
}

const PATTERN = /^(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])$/i;

/** Reads `DDDD:BB:DD.F` or `BB:DD.F`. Undefined: it is neither. */
export function parsePciAddress(text: string): PciAddress | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const [, domain = '0', bus = '', slot = '', functionNumber = ''] = match;
  const address = {
    domain: Number.parseInt(domain, 16),
    bus: Number.parseInt(bus, 16),
    slot: Number.parseInt(slot, 16),
    function: Number.parseInt(functionNumber, 16),
  };
  return address.slot < 32 ? address : undefined;
}

/** `DDDD:BB:DD.F`, as the kernel names devices. */
export function formatPciAddress(address: PciAddress): string {
  const { domain, bus, slot } = address;
  return `${formatBus(domain, bus)}:${hex(slot, 2)}.${address.function}`;
}

/** `DDDD:BB`, as the kernel names buses. */
export function formatBus(domain: number, bus: number): string {
  return `${hex(domain, 4)}:${hex(bus, 2)}`;
}

/** Lower-case hexadecimal, padded with zeros. */
export function hex(value: number | bigint, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
