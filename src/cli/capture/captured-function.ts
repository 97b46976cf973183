/** One function of a real computer's PCI, as its directory in sysfs shows it. Nothing of it is changed. */
import { readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { BarKind } from '../../pci/bar.js';
import { CaptureError } from './capture-error.js';
import { parseResources } from './resources.js';

/** Where Linux lists PCI functions by address. */
export const PCI_DEVICES = '/sys/bus/pci/devices';

export interface CapturedFunction {
  /** `0000:00:05.0` */
  readonly address: string;
  /** 256 or 4096 bytes. */
  readonly config: Uint8Array;
  readonly bars: readonly CapturedBar[];
  readonly rom: CapturedRom | undefined;
  /** Whether no bridge leads to its bus. */
  readonly isOnRootBus: boolean;
}

export interface CapturedBar {
  readonly index: number;
  readonly kind: BarKind;
  readonly isPrefetchable: boolean;
  /** Bytes. */
  readonly size: number;
  readonly address: bigint;
}

export interface CapturedRom {
  /** Bytes. */
  readonly size: number;
  readonly image?: Uint8Array;
}

const HEADER_SIZE = 64;

/**
 * Reads a function.
 * @param withRom whether to read the expansion ROM, for which Linux has to switch it on for a moment
 * @throws CaptureError
 */
export function captureFunction(address: string, withRom: boolean): CapturedFunction {
  const directory = path.join(PCI_DEVICES, address);
  const config = readConfig(address, directory);
  const { bars, romSize } = parseResources(readFileSync(path.join(directory, 'resource'), 'utf8'));
  const isBridge = ((config[0x0e] ?? 0) & 0x7f) === 1;
  return {
    address,
    config,
    bars: isBridge ? bars.filter(({ index }) => index < 2) : bars,
    rom: romSize === 0 ? undefined : captureRom(directory, romSize, withRom),
    isOnRootBus: bridgesAbove(address).length === 0,
  };
}

/** The bridges that lead to a function, the first being on a root bus. */
export function bridgesAbove(address: string): string[] {
  const real = realpathSync(path.join(PCI_DEVICES, address));
  // Controllers with buses of their own lie below a function too: what counts is behind the last root.
  const [, below = ''] = /^.*\/pci[0-9a-f]{4,}:[0-9a-f]{2}\/(.*)$/.exec(real) ?? [];
  return below.split('/').slice(0, -1);
}

function readConfig(address: string, directory: string): Uint8Array {
  const file = path.join(directory, 'config');
  const config = Uint8Array.from(readFileSync(file));
  const { size } = statSync(file);
  if (config.length <= HEADER_SIZE && size > config.length) {
    throw new CaptureError(
      `${address}: only the first ${config.length} of ${size} bytes of configuration space can be read without root: run this as root`,
    );
  }
  if (config.every((byte) => byte === 0xff)) {
    throw new CaptureError(
      `${address}: configuration space reads as ones: the device is switched off, or gone`,
    );
  }
  return withIdentity(config, directory);
}

/** Virtual functions of SR-IOV have no ids in configuration space: Linux knows them otherwise. */
function withIdentity(config: Uint8Array, directory: string): Uint8Array {
  const view = new DataView(config.buffer);
  if (view.getUint16(0, true) !== 0xffff) return config;
  const idOf = (name: string): number => Number(readFileSync(path.join(directory, name), 'utf8'));
  view.setUint16(0, idOf('vendor'), true);
  view.setUint16(2, idOf('device'), true);
  return config;
}

/** Writing 1 to `rom` makes it readable, writing 0 switches it off again. @throws CaptureError */
function captureRom(directory: string, size: number, withImage: boolean): CapturedRom {
  if (!withImage) return { size };
  const file = path.join(directory, 'rom');
  try {
    writeFileSync(file, '1');
    try {
      return { size, image: Uint8Array.from(readFileSync(file)) };
    } finally {
      writeFileSync(file, '0');
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CaptureError(`the ROM can't be read: ${reason}`);
  }
}
