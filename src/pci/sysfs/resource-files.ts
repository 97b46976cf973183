/**
 * `resource`, and `resourceN` and `rom`, which reach the hardware: memory BARs can be mapped where they
 * are shared, I/O BARs are read and written by offset in accesses of 1, 2 and 4 bytes.
 */
import { kernelError } from '../../kernel/error.js';
import type { MemoryArea } from '../../kernel/file.js';
import { addAttribute, addBinaryAttribute } from '../../kernel/sysfs.js';
import type { Directory } from '../../kernel/tree.js';
import { PAGE_SIZE } from '../../uapi/file.js';
import type { Bar, Rom } from '../bar.js';
import type { AccessSize } from '../config-space.js';
import { readWindows } from '../bridge.js';
import type { AddressRange } from '../firmware.js';
import type { PciFunction } from '../function.js';
import { hex } from '../pci-address.js';

// Resource flags, `linux/ioport.h`.
const IORESOURCE_IO = 0x100;
const IORESOURCE_MEM = 0x200;
const IORESOURCE_PREFETCH = 0x2000;
const IORESOURCE_READONLY = 0x4000;
const IORESOURCE_SIZEALIGN = 0x40000;
const IORESOURCE_MEM_64 = 0x100000;

/** Lines of `resource` that all functions have: six BARs, the ROM, and those of SR-IOV. */
const RESOURCES = 13;
const ROM_LINE = 6;

export function addResourceFiles(member: PciFunction, directory: Directory): void {
  addAttribute(directory, 'resource', { show: () => resources(member) });
  for (const bar of member.bars) if (bar !== undefined) addBarFile(directory, bar);
  if (member.rom !== undefined) addRomFile(directory, member.rom);
}

function resources(member: PciFunction): string {
  const { bars, rom } = member;
  const lines: string[] = [];
  for (let index = 0; index < RESOURCES; index++) {
    const bar = bars[index];
    if (bar !== undefined) lines.push(line(bar.address, bar.size, barFlags(bar)));
    else if (index === ROM_LINE && rom !== undefined) {
      const flags =
        IORESOURCE_MEM | IORESOURCE_PREFETCH | IORESOURCE_READONLY | IORESOURCE_SIZEALIGN;
      lines.push(line(rom.address, rom.size, flags));
    } else lines.push(line(0n, 1, 0));
  }
  if (member.secondaryBus !== undefined) lines.push(...windowLines(member));
  return lines.join('');
}

/** What a bridge passes on: I/O, memory, prefetchable memory; the last line is CardBus's. */
function windowLines({ config }: PciFunction): string[] {
  const { io, memory, prefetchable } = readWindows(config);
  const lineOf = (range: AddressRange | undefined, flags: number): string =>
    range === undefined
      ? line(0n, 1, 0)
      : line(range.start, Number(range.end - range.start) + 1, flags);
  const prefetchFlags = IORESOURCE_MEM_64 | IORESOURCE_PREFETCH | IORESOURCE_MEM | 1;
  return [
    lineOf(io, IORESOURCE_IO),
    lineOf(memory, IORESOURCE_MEM),
    lineOf(prefetchable, prefetchFlags),
    line(0n, 1, 0),
  ];
}

function line(start: bigint, size: number, flags: number): string {
  const end = start + BigInt(size) - 1n;
  return `0x${hex(start, 16)} 0x${hex(end, 16)} 0x${hex(flags, 16)}\n`;
}

/** The low bits are those of the BAR register, as the kernel keeps them. */
function barFlags({ kind, isPrefetchable }: Bar): number {
  if (kind === 'io') return IORESOURCE_SIZEALIGN | IORESOURCE_IO | 1;
  let flags = IORESOURCE_SIZEALIGN | IORESOURCE_MEM;
  if (kind === 'memory64') flags |= IORESOURCE_MEM_64 | 4;
  if (isPrefetchable) flags |= IORESOURCE_PREFETCH | 8;
  return flags;
}

function addBarFile(directory: Directory, bar: Bar): void {
  const name = `resource${bar.index}`;
  if (bar.kind === 'io') {
    addBinaryAttribute(directory, name, {
      mode: 0o600,
      size: bar.size,
      read: (offset, count) => readPorts(bar, offset, count),
      write: (offset, bytes) => writePorts(bar, offset, bytes),
    });
    return;
  }
  addBinaryAttribute(directory, name, {
    mode: 0o600,
    size: bar.size,
    mmap: (area) => mapBar(bar, area),
  });
  if (!bar.isPrefetchable) return;
  addBinaryAttribute(directory, `${name}_wc`, {
    mode: 0o600,
    size: bar.size,
    mmap: (area) => mapBar(bar, area),
  });
}

/** @throws ENODEV for a BAR whose accesses all reach the model, EINVAL beyond its end */
function mapBar(bar: Bar, area: MemoryArea): void {
  if (bar.bytes === undefined) throw kernelError('ENODEV');
  const start = area.pageOffset * PAGE_SIZE;
  if (start + area.length > bar.bytes.length) throw kernelError('EINVAL');
  bar.setMapped(true);
  area.backing = { bytes: bar.bytes.subarray(start, start + area.length) };
}

function portSize(count: number): AccessSize {
  if (count !== 1 && count !== 2 && count !== 4) throw kernelError('EINVAL');
  return count;
}

function readPorts(bar: Bar, offset: number, count: number): Uint8Array {
  const size = portSize(count);
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, bar.read(offset, size), true);
  return bytes.subarray(0, size);
}

function writePorts(bar: Bar, offset: number, bytes: Uint8Array): number {
  const size = portSize(bytes.length);
  const whole = new Uint8Array(4);
  whole.set(bytes);
  bar.write(offset, size, new DataView(whole.buffer).getUint32(0, true));
  return size;
}

/** Writing anything but 0 lets the image be read. */
function addRomFile(directory: Directory, rom: Rom): void {
  let isEnabled = false;
  addBinaryAttribute(directory, 'rom', {
    mode: 0o600,
    size: rom.size,
    read: (offset, count) => {
      if (!isEnabled) throw kernelError('EINVAL');
      return rom.image.subarray(offset, offset + count);
    },
    write: (offset, bytes) => {
      isEnabled = !(offset === 0 && bytes.length === 2 && bytes[0] === 0x30);
      return bytes.length;
    },
  });
}
