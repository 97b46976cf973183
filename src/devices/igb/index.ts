/** The model `igb`: what an Intel 82576 looks like on the bus, and its options. */
import {
  expressCapability,
  msiCapability,
  msixCapability,
  powerManagementCapability,
} from '../../pci/capabilities.js';
import {
  type DeviceModelFactory,
  DeviceOptionError,
  type DeviceOptions,
  type FunctionDescription,
  type Identity,
} from '../../pci/device-model.js';
import { PLACEMENT_OPTIONS, place } from '../../pci/device-options.js';
import { aerCapability, serialNumberCapability } from '../../pci/extended-capabilities.js';
import { IgbDevice } from './device.js';
import { Eeprom, type MacAddress } from './eeprom.js';
import { BAR_SIZE, MSIX_BAR_SIZE, MSIX_PENDING, VECTORS } from './registers.js';

/** Copper, 10c9. */
const IDENTITY: Identity = {
  vendor: 0x8086,
  device: 0x10c9,
  revision: 0x01,
  class: 0x020000,
  subsystemVendor: 0x8086,
  subsystem: 0xa03c,
};
/** Version 3, device specific initialisation, PME from D0, D3hot and D3cold. */
const POWER_MANAGEMENT = 0xc823;
/** Role-based errors, 512 bytes payload. */
const DEVICE_CAPABILITIES = 0x0000_8002;

export const igbModel: DeviceModelFactory = {
  summary: 'an Intel 82576 gigabit network card, as Linux igb and DPDK drive it',
  options: {
    net: 'name of the network that it is plugged into (none: no link)',
    mac: 'address, such as 52:54:00:12:34:56 (made of its place on the bus)',
    ...PLACEMENT_OPTIONS,
  },
  describe(options) {
    const address = addressOption(options);
    const net = networkOption(options);
    const description: FunctionDescription = {
      model: 'igb',
      identity: IDENTITY,
      interruptPin: 1,
      bars: [
        { index: 0, kind: 'memory32', size: BAR_SIZE, isMappable: true },
        { index: 1, kind: 'memory32', size: BAR_SIZE },
        { index: 2, kind: 'io', size: 32 },
        { index: 3, kind: 'memory32', size: MSIX_BAR_SIZE },
      ],
      capabilities: [
        powerManagementCapability({
          offset: 0x40,
          capabilities: POWER_MANAGEMENT,
          keepsState: false,
        }),
        msiCapability({ offset: 0x50, vectors: 1, isMaskable: true }),
        msixCapability({
          offset: 0x70,
          vectors: VECTORS,
          table: { bar: 3, offset: 0 },
          pending: { bar: 3, offset: MSIX_PENDING },
        }),
        expressCapability({
          offset: 0xa0,
          hasFunctionLevelReset: true,
          deviceCapabilities: DEVICE_CAPABILITIES,
          linkWidth: 4,
        }),
      ],
      extendedCapabilities: [
        aerCapability({ version: 1, offset: 0x100 }),
        serialNumberCapability(serialOf(address ?? defaultAddress('')), 0x140),
      ],
      create: (context) => {
        const mac = address ?? defaultAddress(context.name);
        const eeprom = new Eeprom(mac, IDENTITY);
        return new IgbDevice(context, context.networkPort(net), mac, eeprom);
      },
    };
    return place(description, options);
  },
};

function networkOption({ net }: DeviceOptions): string | undefined {
  if (net === '') throw new DeviceOptionError('net', 'has to be a name, or to be left out');
  return net;
}

function addressOption({ mac }: DeviceOptions): MacAddress | undefined {
  if (mac === undefined) return undefined;
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(mac)) {
    throw new DeviceOptionError('mac', `'${mac}' is not like 52:54:00:12:34:56`);
  }
  const address = Uint8Array.from(mac.split(':'), (byte) => Number.parseInt(byte, 16));
  if (((address[0] ?? 0) & 1) !== 0) {
    throw new DeviceOptionError('mac', `${mac} is a group's address, not a card's`);
  }
  return address;
}

/** 52:54, then domain, bus, slot and function: no two devices of a machine have the same. */
function defaultAddress(name: string): MacAddress {
  const match = /^([0-9a-f]{4}):([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])$/.exec(name);
  const [domain, bus, slot, fn] = (match ?? []).slice(1).map((part) => Number.parseInt(part, 16));
  return Uint8Array.of(
    0x52,
    0x54,
    (domain ?? 0) >>> 8,
    (domain ?? 0) & 0xff,
    bus ?? 0,
    ((slot ?? 0) << 3) | (fn ?? 0),
  );
}

/** The MAC address with FF FF in its middle (data sheet §9.5.2). */
function serialOf(address: MacAddress): bigint {
  const bytes = [...address.subarray(0, 3), 0xff, 0xff, ...address.subarray(3)];
  return bytes.reduce((serial, byte) => (serial << 8n) | BigInt(byte), 0n);
}
