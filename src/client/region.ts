/**
 * A region of a device: config space, a BAR, the expansion ROM. Reading and writing here are system
 * calls, each access of the size it is named for; `map` makes them plain loads and stores.
 */
import { PROT_READ, PROT_WRITE } from '../uapi/file.js';
import {
  InfoCapHeader,
  RegionInfo,
  RegionSparseMmap,
  RegionSparseMmapArea,
  VFIO_DEVICE_GET_REGION_INFO,
  VFIO_REGION_INFO_CAP_SPARSE_MMAP,
  VFIO_REGION_INFO_FLAG_CAPS,
  VFIO_REGION_INFO_FLAG_MMAP,
  VFIO_REGION_INFO_FLAG_READ,
  VFIO_REGION_INFO_FLAG_WRITE,
} from '../uapi/vfio.js';
import { capabilities } from './capability.js';
import { checked, checkedTransfer } from './error.js';
import { requestInfo } from './info.js';
import { MappedRegion } from './mapped-region.js';
import type { SystemMemory, VfioSystem } from './system.js';

/** Part of a region. Offsets are from the beginning of the region, in bytes. */
export interface RegionArea {
  readonly offset: number;
  readonly size: number;
}

/** What a region is of: an open device. */
interface RegionOwner {
  readonly system: VfioSystem;
  readonly fd: number;
  readonly name: string;
}

export class Region {
  readonly index: number;
  /** Bytes; 0 when the device has no such region. */
  readonly size: number;
  /** Where the region begins in the device's file. */
  readonly fileOffset: number;
  readonly isReadable: boolean;
  readonly isWritable: boolean;
  /** The parts that can be mapped; none for a region that only system calls reach. */
  readonly mappableAreas: readonly RegionArea[];
  readonly #device: RegionOwner;
  readonly #scratch = new DataView(new ArrayBuffer(8));

  private constructor(device: RegionOwner, info: DataView) {
    const { index, flags, size, offset } = RegionInfo.decode(info);
    this.#device = device;
    this.index = index;
    this.size = Number(size);
    this.fileOffset = Number(offset);
    this.isReadable = (flags & VFIO_REGION_INFO_FLAG_READ) !== 0;
    this.isWritable = (flags & VFIO_REGION_INFO_FLAG_WRITE) !== 0;
    const isMappable = (flags & VFIO_REGION_INFO_FLAG_MMAP) !== 0;
    this.mappableAreas = isMappable ? mappableAreas(info) : [];
  }

  /** @throws VfioError: EINVAL when the device has no region of this index */
  static of(device: RegionOwner, index: number): Region {
    const name = `VFIO_DEVICE_GET_REGION_INFO of ${device.name}, region ${index}`;
    const request = { name, number: VFIO_DEVICE_GET_REGION_INFO };
    const info = requestInfo(device.system, device.fd, request, RegionInfo.size, (argsz) =>
      RegionInfo.create({ argsz, index }, argsz),
    );
    return new Region(device, info);
  }

  read8(offset: number): number {
    return this.#fetch(offset, 1).getUint8(0);
  }

  read16(offset: number): number {
    return this.#fetch(offset, 2).getUint16(0, true);
  }

  read32(offset: number): number {
    return this.#fetch(offset, 4).getUint32(0, true);
  }

  read64(offset: number): bigint {
    return this.#fetch(offset, 8).getBigUint64(0, true);
  }

  write8(offset: number, value: number): void {
    this.#scratch.setUint8(0, value);
    this.#store(offset, 1);
  }

  write16(offset: number, value: number): void {
    this.#scratch.setUint16(0, value, true);
    this.#store(offset, 2);
  }

  write32(offset: number, value: number): void {
    this.#scratch.setUint32(0, value, true);
    this.#store(offset, 4);
  }

  write64(offset: number, value: bigint): void {
    this.#scratch.setBigUint64(0, value, true);
    this.#store(offset, 8);
  }

  /** Reads bytes in one call; the device decides how it is cut into accesses. @throws VfioError */
  read(offset: number, length: number): Uint8Array {
    const target = new Uint8Array(length);
    const { system, fd } = this.#device;
    const result = system.pread(fd, target, this.fileOffset + offset);
    checkedTransfer(this.#request('read', offset, length), result, length);
    return target;
  }

  /** Writes bytes in one call. @throws VfioError */
  write(offset: number, bytes: Uint8Array): void {
    const { system, fd } = this.#device;
    const result = system.pwrite(fd, bytes, this.fileOffset + offset);
    checkedTransfer(this.#request('write', offset, bytes.length), result, bytes.length);
  }

  /**
   * Maps part of the region, by default all of it. Offset and size are multiples of the page size.
   * @throws VfioError: EINVAL for what is in no mappable area
   */
  map(area: Partial<RegionArea> & { readonly isWritable?: boolean } = {}): MappedRegion {
    const { offset = 0, isWritable = this.isWritable } = area;
    const size = area.size ?? this.size - offset;
    const protection = PROT_READ | (isWritable ? PROT_WRITE : 0);
    const { system, fd } = this.#device;
    const request = this.#request('mmap', offset, size);
    const memory = checked<SystemMemory>(
      request,
      system.mmap(fd, this.fileOffset + offset, size, protection),
    );
    return new MappedRegion(system, memory, request);
  }

  #fetch(offset: number, size: number): DataView {
    const { system, fd } = this.#device;
    const target = new Uint8Array(this.#scratch.buffer, 0, size);
    const result = system.pread(fd, target, this.fileOffset + offset);
    if (result !== size) checkedTransfer(this.#request('read', offset, size), result, size);
    return this.#scratch;
  }

  #store(offset: number, size: number): void {
    const { system, fd } = this.#device;
    const source = new Uint8Array(this.#scratch.buffer, 0, size);
    const result = system.pwrite(fd, source, this.fileOffset + offset);
    if (result !== size) checkedTransfer(this.#request('write', offset, size), result, size);
  }

  #request(what: string, offset: number, size: number): string {
    const place = `region ${this.index} at 0x${offset.toString(16)}`;
    return `${what} of ${size} bytes of ${this.#device.name}, ${place}`;
  }
}

function mappableAreas(info: DataView): RegionArea[] {
  const { flags, capOffset, size } = RegionInfo.decode(info);
  const chain = (flags & VFIO_REGION_INFO_FLAG_CAPS) !== 0 ? capOffset : 0;
  const sparse = capabilities(info, chain).find(
    ({ id }) => id === VFIO_REGION_INFO_CAP_SPARSE_MMAP,
  );
  if (sparse === undefined) return [{ offset: 0, size: Number(size) }];
  const { areaCount } = RegionSparseMmap.decode(sparse.view, InfoCapHeader.size);
  const first = InfoCapHeader.size + RegionSparseMmap.size;
  return Array.from({ length: areaCount }, (_, i) => {
    const at = first + i * RegionSparseMmapArea.size;
    const area = RegionSparseMmapArea.decode(sparse.view, at);
    return { offset: Number(area.offset), size: Number(area.size) };
  });
}
