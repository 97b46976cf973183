/** Expansion ROM images (PCI Firmware Specification 3.0 §5.1). */

const SIGNATURE = 0xaa55;
/** "PCIR" */
const DATA_SIGNATURE = 0x52494350;
const LENGTH_UNIT = 512;

/** Bytes of the images that follow one another from the beginning; 0 when the first is none. */
export function romImageSize(rom: Uint8Array): number {
  const view = new DataView(rom.buffer, rom.byteOffset, rom.byteLength);
  let at = 0;
  while (at + 0x1a <= rom.length && view.getUint16(at, true) === SIGNATURE) {
    const data = at + view.getUint16(at + 0x18, true);
    if (data + 0x18 > rom.length || view.getUint32(data, true) !== DATA_SIGNATURE) break;
    const length = view.getUint16(data + 0x10, true) * LENGTH_UNIT;
    const isLast = (view.getUint8(data + 0x15) & 0x80) !== 0;
    at += length;
    if (isLast || length === 0) break;
  }
  return Math.min(at, rom.length);
}
