/** The model `shell`: its options, from text. */
import type { BarKind } from '../../pci/bar.js';
import {
  type DeviceModelFactory,
  type DeviceOptions,
  DeviceOptionError,
} from '../../pci/device-model.js';
import { PLACEMENT_OPTIONS, numberOption, parseNumber, place } from '../../pci/device-options.js';
import {
  PCI_CLASS_REVISION,
  PCI_DEVICE_ID,
  PCI_INTERRUPT_PIN,
  PCI_SUBSYSTEM_ID,
  PCI_SUBSYSTEM_VENDOR_ID,
  PCI_VENDOR_ID,
} from '../../uapi/pci-regs.js';
import { parseConfigText, parseHex } from './config-text.js';
import { type ShellBar, type ShellDescription, describeShell } from './describe.js';

export { describeShell, type ShellBar, type ShellDescription } from './describe.js';
export { parseConfigText } from './config-text.js';

const BARS = [0, 1, 2, 3, 4, 5];

export const shellModel: DeviceModelFactory = {
  summary: 'an inert device from a description: configuration space, BARs, ROM',
  options: {
    config: 'configuration space, as lspci -xxxx prints it or as hexadecimal digits',
    vendor: 'vendor id, without config (0x1af4)',
    device: 'device id, without config (0xffff)',
    class: 'class with subclass and programming interface, without config (0xff0000)',
    revision: 'revision, without config (0)',
    subsystem_vendor: 'subsystem vendor id, without config (0)',
    subsystem: 'subsystem id, without config (0)',
    pin: 'INTx pin, 1 to 4, without config (0)',
    ...Object.fromEntries(
      BARS.flatMap((index) => [
        [`bar${index}`, 'size, and words: mem32, mem64, io, prefetch, trapped, fixed (16K mem64)'],
        [`bar${index}_content`, 'first bytes, as hexadecimal digits'],
      ]),
    ),
    rom: 'size of the expansion ROM (2K)',
    rom_image: 'what is in it, as hexadecimal digits',
    writable: 'bits of registers that software can change, as 0x88=0xe0 0xa8=0 (32-bit registers)',
    unclaimed: 'bytes behind the header that belong to no capability: read-only or writable',
    ...PLACEMENT_OPTIONS,
  },
  describe(options) {
    return place(describeShell(readOptions(options)), options);
  },
};

function readOptions(options: DeviceOptions): ShellDescription {
  const { config, unclaimed } = options;
  const bars = BARS.flatMap((index) => barOption(options, index) ?? []);
  const romSize = numberOption(options, 'rom', { default: 0, least: 0 });
  const romImage = options['rom_image'];
  if (unclaimed !== undefined && unclaimed !== 'writable' && unclaimed !== 'read-only') {
    throw new DeviceOptionError('unclaimed', `is 'read-only' or 'writable', not '${unclaimed}'`);
  }
  return {
    config: config === undefined ? headerFrom(options) : parseConfigText(config),
    bars,
    ...(romSize === 0
      ? {}
      : {
          rom: {
            size: romSize,
            ...(romImage === undefined ? {} : { image: parseHex(romImage, 'rom_image') }),
          },
        }),
    ...(unclaimed === undefined ? {} : { unclaimedBytes: unclaimed }),
    ...(options['writable'] === undefined
      ? {}
      : { writableBits: writableOption(options['writable']) }),
  };
}

/** Masks of 32-bit registers, as `0x88=0xe0`. */
function writableOption(text: string): ShellDescription['writableBits'] {
  return text
    .split(/\s+/)
    .filter(Boolean)
    .map((pair) => {
      const [offset, mask] = pair.split('=').map(parseNumber);
      if (offset === undefined || mask === undefined || offset % 4 !== 0 || offset >= 4096) {
        throw new DeviceOptionError('writable', `'${pair}' is not like 0x88=0xe0`);
      }
      return { offset, writable: mask };
    });
}

/** A header of what the options say one by one. */
function headerFrom(options: DeviceOptions): Uint8Array {
  const view = new DataView(new ArrayBuffer(256));
  const word = (name: string, fallback: number) =>
    numberOption(options, name, { default: fallback, least: 0, most: 0xffff });
  const classCode = numberOption(options, 'class', { default: 0xff0000, least: 0, most: 0xffffff });
  const revision = numberOption(options, 'revision', { default: 0, least: 0, most: 0xff });
  view.setUint16(PCI_VENDOR_ID, word('vendor', 0x1af4), true);
  view.setUint16(PCI_DEVICE_ID, word('device', 0xffff), true);
  view.setUint32(PCI_CLASS_REVISION, ((classCode << 8) | revision) >>> 0, true);
  view.setUint16(PCI_SUBSYSTEM_VENDOR_ID, word('subsystem_vendor', 0), true);
  view.setUint16(PCI_SUBSYSTEM_ID, word('subsystem', 0), true);
  const pin = numberOption(options, 'pin', { default: 0, least: 0, most: 4 });
  view.setUint8(PCI_INTERRUPT_PIN, pin);
  return new Uint8Array(view.buffer);
}

const KINDS: Readonly<Record<string, BarKind>> = { mem32: 'memory32', mem64: 'memory64', io: 'io' };

function barOption(options: DeviceOptions, index: number): ShellBar | undefined {
  const name = `bar${index}`;
  const text = options[name];
  if (text === undefined) return undefined;
  const [sizeText = '', ...words] = text.trim().split(/[\s:]+/);
  const size = parseNumber(sizeText);
  if (size === undefined) throw new DeviceOptionError(name, `'${sizeText}' is no size`);
  let bar: ShellBar = { index, size };
  for (const word of words) {
    const kind = KINDS[word];
    if (kind !== undefined) bar = { ...bar, kind };
    else if (word === 'prefetch') bar = { ...bar, isPrefetchable: true };
    else if (word === 'trapped') bar = { ...bar, isMappable: false };
    else if (word === 'fixed') bar = { ...bar, isReadOnly: true };
    else {
      const known = [...Object.keys(KINDS), 'prefetch', 'trapped', 'fixed'].join(', ');
      throw new DeviceOptionError(name, `'${word}' is none of ${known}`);
    }
  }
  const content = options[`${name}_content`];
  return content === undefined ? bar : { ...bar, content: parseHex(content, `${name}_content`) };
}
