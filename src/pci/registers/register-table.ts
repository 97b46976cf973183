/**
 * Registers of a device as its data sheet has them: names, offsets, bits and who may change them. A
 * table is data, made once for a kind of device; what a device's registers hold is a `RegisterBank`.
 */
import type { ResetMethod } from '../reset.js';

/**
 * What software can do with bits: read only; read and write; write 1 to clear; write 1 to set; write
 * only (reads give nothing); read to clear.
 */
export type RegisterAccess = 'RO' | 'RW' | 'RW1C' | 'RW1S' | 'WO' | 'RC';

/** What brings registers back: the function's own resets, or what the device calls a reset itself. */
export type ResetLevel = ResetMethod | 'power-on' | 'controller';

/** Which bits a field has: one, or those from the high one down to the low one. */
export type FieldBits = number | readonly [high: number, low: number];

/** A field, if it differs from its register in what software can do with it. */
export interface FieldDeclaration {
  readonly bits: FieldBits;
  readonly access: RegisterAccess;
}

export interface RegisterDeclaration {
  /** Bytes from the beginning of the BAR; a multiple of the width, of 4 at most. */
  readonly offset: number;
  /** Bits. Default: 32. Values of registers with 64 are bigints. */
  readonly width?: 8 | 16 | 32 | 64;
  readonly access: RegisterAccess;
  /** What it holds after a reset. Default: 0. */
  readonly reset?: number | bigint;
  /** Its parts, by name. With any, bits of no field read as 0 and can't be written. */
  readonly fields?: Readonly<Record<string, FieldBits | FieldDeclaration>>;
  /** Resets that leave it as it is. Default: none. */
  readonly survives?: readonly ResetLevel[];
  /**
   * Of 64 bits: whether an access of 4 bytes reaches the upper half by itself. Without, writing the lower
   * half clears the upper one. Default: true.
   */
  readonly hasUpperHalf?: boolean;
}

export type RegisterDeclarations = Readonly<Record<string, RegisterDeclaration>>;

/** The type of a register's value. */
export type RegisterValue<D extends RegisterDeclaration> = D extends { readonly width: 64 }
  ? bigint
  : number;

/** The names of a register's fields. */
export type FieldName<D extends RegisterDeclaration> = D extends {
  readonly fields: infer F extends object;
}
  ? keyof F & string
  : never;

/** Bits of a register by what software can do with them. */
export type AccessMasks = Readonly<Record<RegisterAccess, bigint>>;

/** A register, with what follows from its declaration. */
export interface Register {
  readonly name: string;
  readonly offset: number;
  /** Bytes. */
  readonly size: 1 | 2 | 4 | 8;
  readonly reset: bigint;
  readonly masks: AccessMasks;
  readonly survives: readonly ResetLevel[];
  readonly hasUpperHalf: boolean;
  readonly fields: ReadonlyMap<string, { readonly low: number; readonly mask: bigint }>;
}

export interface RegisterTableOptions {
  /** The BAR that they are in. Default: 0. */
  readonly bar?: number;
  /** What reads give where there is nothing to read: between registers, and from write-only ones. Default: zeros. */
  readonly nothing?: 'zeros' | 'ones';
  /** The sizes of accesses that registers take, in bytes; others read 0, write nothing, and are unmodelled. Default: 1, 2 and 4. */
  readonly accessSizes?: readonly (1 | 2 | 4)[];
}

export class RegisterTable<const D extends RegisterDeclarations = RegisterDeclarations> {
  readonly declarations: D;
  readonly bar: number;
  readonly nothing: 'zeros' | 'ones';
  readonly accessSizes: readonly number[];
  readonly registers: ReadonlyMap<string, Register>;
  /** Names by the byte they are at. */
  readonly #names = new Map<number, string>();

  /** @throws RangeError for registers that can't be, or share a byte */
  constructor(declarations: D, options: RegisterTableOptions = {}) {
    const { bar = 0, nothing = 'zeros', accessSizes = [1, 2, 4] } = options;
    this.declarations = declarations;
    this.bar = bar;
    this.nothing = nothing;
    this.accessSizes = accessSizes;
    this.registers = new Map(
      Object.entries(declarations).map(([name, declaration]) => [name, build(name, declaration)]),
    );
    for (const register of this.registers.values()) this.#place(register);
  }

  /** Where the registers are, in bytes: `table.offsets.DMA_SOURCE`. */
  get offsets(): { readonly [N in keyof D]: number } {
    const entries = [...this.registers].map(([name, { offset }]) => [name, offset]);
    return Object.fromEntries(entries) as { readonly [N in keyof D]: number };
  }

  /** The register at an offset, `DMA_SOURCE`, or the byte of it, `DMA_SOURCE+4`. Undefined: there is none. */
  nameOf(bar: number, offset: number): string | undefined {
    return bar === this.bar ? this.#names.get(offset) : undefined;
  }

  /** A register. @throws RangeError for a name that is not in the table */
  get(name: string): Register {
    const register = this.registers.get(name);
    if (register === undefined) throw new RangeError(`there is no register ${name}`);
    return register;
  }

  /** The fields of a value: `{ EN: 1, MPS: 0 }`. */
  decode(name: string, value: number | bigint): Readonly<Record<string, number>> {
    const fields: Record<string, number> = {};
    for (const [field, { low, mask }] of this.get(name).fields) {
      fields[field] = Number((BigInt(value) & mask) >> BigInt(low));
    }
    return fields;
  }

  #place({ name, offset, size }: Register): void {
    for (let byte = 0; byte < size; byte++) {
      const other = this.#names.get(offset + byte);
      if (other !== undefined) {
        throw new RangeError(
          `${name} and ${other} share the byte at ${hexadecimal(offset + byte)}`,
        );
      }
      this.#names.set(offset + byte, byte === 0 ? name : `${name}+${byte}`);
    }
  }
}

const ACCESSES: readonly RegisterAccess[] = ['RO', 'RW', 'RW1C', 'RW1S', 'WO', 'RC'];

function build(name: string, declaration: RegisterDeclaration): Register {
  const { offset, width = 32, access, reset = 0, fields = {}, survives = [] } = declaration;
  const size = (width / 8) as Register['size'];
  const all = (1n << BigInt(width)) - 1n;
  if (!Number.isInteger(offset) || offset < 0 || offset % Math.min(size, 4) !== 0) {
    const step = Math.min(size, 4);
    throw new RangeError(`${name}: ${hexadecimal(offset)} is no multiple of ${step}`);
  }
  if (BigInt(reset) < 0n || BigInt(reset) > all) {
    throw new RangeError(`${name}: ${reset} does not fit into ${width} bits`);
  }
  const masks: Record<RegisterAccess, bigint> = {
    RO: 0n,
    RW: 0n,
    RW1C: 0n,
    RW1S: 0n,
    WO: 0n,
    RC: 0n,
  };
  const named = new Map<string, { low: number; mask: bigint }>();
  for (const [field, declared] of Object.entries(fields)) {
    const isPlain = typeof declared === 'number' || 'length' in declared;
    const [high, low] = bounds(isPlain ? declared : declared.bits);
    const mask = ((1n << BigInt(high - low + 1)) - 1n) << BigInt(low);
    if (low < 0 || high < low || high >= width) {
      throw new RangeError(`${name}.${field}: there are no bits ${high} to ${low} in ${width}`);
    }
    masks[isPlain ? access : declared.access] |= mask;
    named.set(field, { low, mask });
  }
  if (named.size === 0) masks[access] = all;
  const { hasUpperHalf = true } = declaration;
  return { name, offset, size, reset: BigInt(reset), masks, survives, hasUpperHalf, fields: named };
}

function bounds(bits: FieldBits): readonly [high: number, low: number] {
  return typeof bits === 'number' ? [bits, bits] : bits;
}

/** Bits of a register that software changes by writing. */
export function writableBits({ masks }: Register): bigint {
  return masks.RW | masks.RW1C | masks.RW1S | masks.WO;
}

/** Bits of a register that reads show. */
export function readableBits({ masks }: Register): bigint {
  return ACCESSES.reduce((bits, access) => (access === 'WO' ? bits : bits | masks[access]), 0n);
}

function hexadecimal(value: number): string {
  return `0x${value.toString(16)}`;
}
