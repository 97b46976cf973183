/** A capability's permissions by byte, as every access needs them. */
import type { AccessKind, CapabilityPermission } from './permissions.js';

export class CompiledPermission {
  readonly access: AccessKind;
  readonly length: number | 'variable';
  readonly #virtual: DataView;
  readonly #writable: DataView;

  constructor({ access, length, registers }: CapabilityPermission) {
    this.access = access;
    this.length = length;
    const bytes = Math.max(4, ...registers.map(({ offset, size }) => offset + size));
    // Rounded up: an aligned access never reaches past a dword.
    this.#virtual = new DataView(new ArrayBuffer(Math.ceil(bytes / 4) * 4));
    this.#writable = new DataView(new ArrayBuffer(Math.ceil(bytes / 4) * 4));
    for (const { offset, size, virtual, writable } of registers) {
      for (let i = 0; i < size; i++) {
        this.#virtual.setUint8(offset + i, (virtual >>> (8 * i)) & 0xff);
        this.#writable.setUint8(offset + i, (writable >>> (8 * i)) & 0xff);
      }
    }
  }

  /** The virtual ones of the `size` bytes of bits from `offset` in the capability. */
  virtual(offset: number, size: 1 | 2 | 4): number {
    return bitsAt(this.#virtual, offset, size);
  }

  /** The writable ones. */
  writable(offset: number, size: 1 | 2 | 4): number {
    return bitsAt(this.#writable, offset, size);
  }
}

function bitsAt(view: DataView, offset: number, size: 1 | 2 | 4): number {
  let bits = 0;
  for (let i = 0; i < size && offset + i < view.byteLength; i++) {
    bits |= view.getUint8(offset + i) << (8 * i);
  }
  return bits >>> 0;
}
