/** Captured functions as a machine description: YAML, with a shell for each. */
import type { CapturedBar, CapturedFunction } from './captured-function.js';
import { summarize } from './summary.js';

const BYTES_PER_LINE = 16;

/** The description, to be read by `uvfio run --machine`. */
export function machineText(functions: readonly CapturedFunction[]): string {
  const heading = [
    '# Captured from a real computer by `uvfio capture`: configuration space as it was, and the sizes of',
    '# BARs. What is in the BARs was not looked at: reading registers can have effects.',
    'devices:',
  ];
  return [...heading, ...functions.flatMap(deviceLines)].join('\n').concat('\n');
}

function deviceLines(captured: CapturedFunction): string[] {
  const { address, config, bars, rom } = captured;
  const lines = [
    `  # ${summarize(config)}`,
    '  - model: shell',
    `    addr: '${address}'`,
    '    config: |',
    ...configLines(config).map((line) => `      ${line}`),
  ];
  for (const bar of bars) lines.push(`    bar${bar.index}: '${barText(bar)}'`);
  const addresses = addressesText(captured);
  if (addresses !== '') lines.push(`    addresses: ${addresses}`);
  if (rom !== undefined) {
    lines.push(`    rom: '${sizeText(rom.size)}'`);
    if (rom.image !== undefined) lines.push('    rom_image: |', ...hexLines(rom.image));
  }
  if (captured.isOnRootBus && !/^[0-9a-f]+:00:/.test(address)) lines.push('    root_bus: true');
  return lines;
}

/** As `lspci -xxxx` prints it, without lines of zeros; the size shows in which lines there are. */
function configLines(config: Uint8Array): string[] {
  const lines: string[] = [];
  for (let offset = 0; offset < config.length; offset += BYTES_PER_LINE) {
    const row = config.subarray(offset, offset + BYTES_PER_LINE);
    const isLast = offset + BYTES_PER_LINE >= config.length;
    if (row.some((byte) => byte !== 0) || offset === 0 || (isLast && config.length > 256)) {
      lines.push(`${hex(offset, 2)}: ${[...row].map((byte) => hex(byte, 2)).join(' ')}`);
    }
  }
  return lines;
}

function hexLines(bytes: Uint8Array): string[] {
  const lines: string[] = [];
  for (let offset = 0; offset < bytes.length; offset += 2 * BYTES_PER_LINE) {
    const row = bytes.subarray(offset, offset + 2 * BYTES_PER_LINE);
    lines.push(`      ${[...row].map((byte) => hex(byte, 2)).join('')}`);
  }
  return lines;
}

const KIND_WORDS = { memory32: 'mem32', memory64: 'mem64', io: 'io' } as const;

function barText({ size, kind, isPrefetchable }: CapturedBar): string {
  return `${sizeText(size)} ${KIND_WORDS[kind]}${isPrefetchable ? ' prefetch' : ''}`;
}

/** Addresses of BARs that configuration space does not have, as that of a virtual function. */
function addressesText({ config, bars }: CapturedFunction): string {
  const view = new DataView(config.buffer, config.byteOffset, config.byteLength);
  return bars
    .filter(({ index, address }) => address !== 0n && view.getUint32(0x10 + 4 * index, true) === 0)
    .map(({ index, address }) => `bar${index}=0x${address.toString(16)}`)
    .join(' ');
}

/** `16K`: the largest unit without a fraction. */
function sizeText(bytes: number): string {
  for (const [unit, size] of [
    ['G', 2 ** 30],
    ['M', 2 ** 20],
    ['K', 2 ** 10],
  ] as const) {
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return String(bytes);
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
