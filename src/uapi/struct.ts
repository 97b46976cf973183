/**
 * A declarative codec for C structs over `DataView`: little-endian, naturally aligned, the layout
 * rules of the System V ABI for x86-64 (which the Linux UAPI headers are written to be equal under
 * on every 64-bit architecture).
 *
 * @example
 * const Point = struct({ x: u32, y: s32, id: u64 });
 * Point.size; // 16
 * Point.decode(view); // { x, y, id: bigint }
 */

/** How one field is stored. `T` is number for up to 32 bits, bigint for 64. */
export interface FieldType<T> {
  readonly size: number;
  readonly alignment: number;
  get(view: DataView, offset: number): T;
  set(view: DataView, offset: number, value: T): void;
}

export const u8: FieldType<number> = {
  size: 1,
  alignment: 1,
  get: (view, offset) => view.getUint8(offset),
  set: (view, offset, value) => view.setUint8(offset, value),
};

export const u16: FieldType<number> = {
  size: 2,
  alignment: 2,
  get: (view, offset) => view.getUint16(offset, true),
  set: (view, offset, value) => view.setUint16(offset, value, true),
};

export const u32: FieldType<number> = {
  size: 4,
  alignment: 4,
  get: (view, offset) => view.getUint32(offset, true),
  set: (view, offset, value) => view.setUint32(offset, value, true),
};

export const s32: FieldType<number> = {
  size: 4,
  alignment: 4,
  get: (view, offset) => view.getInt32(offset, true),
  set: (view, offset, value) => view.setInt32(offset, value, true),
};

export const u64: FieldType<bigint> = {
  size: 8,
  alignment: 8,
  get: (view, offset) => view.getBigUint64(offset, true),
  set: (view, offset, value) => view.setBigUint64(offset, value, true),
};

/** A fixed number of bytes, seen as a view of the struct's memory. */
export function bytes(size: number): FieldType<Uint8Array> {
  return {
    size,
    alignment: 1,
    get: (view, offset) => new Uint8Array(view.buffer, view.byteOffset + offset, size),
    set: (view, offset, value) =>
      new Uint8Array(view.buffer, view.byteOffset + offset, size).set(value),
  };
}

type Fields = Readonly<Record<string, FieldType<unknown>>>;

/** The values of a struct with these fields. */
export type StructValue<F extends Fields> = {
  [Name in keyof F]: F[Name] extends FieldType<infer T> ? T : never;
};

/** A struct's layout and its codec. */
export interface Struct<F extends Fields> {
  /** `sizeof`, in bytes. */
  readonly size: number;
  /** `offsetof` of each field, in bytes. */
  readonly offsets: { readonly [Name in keyof F]: number };
  /** `offsetofend` of a field: the smallest size that holds it. */
  endOf(name: keyof F): number;
  decode(view: DataView, offset?: number): StructValue<F>;
  encode(view: DataView, value: Partial<StructValue<F>>, offset?: number): void;
  /** A new zeroed buffer with these fields set. */
  create(value?: Partial<StructValue<F>>, size?: number): DataView;
}

/** Lays out fields in the order given and returns their codec. */
export function struct<F extends Fields>(fields: F): Struct<F> {
  const names = Object.keys(fields) as (keyof F & string)[];
  const offsets = {} as Record<keyof F, number>;
  let end = 0;
  let alignment = 1;
  for (const name of names) {
    const field = fields[name] as FieldType<unknown>;
    end = Math.ceil(end / field.alignment) * field.alignment;
    offsets[name] = end;
    end += field.size;
    alignment = Math.max(alignment, field.alignment);
  }
  const size = Math.ceil(end / alignment) * alignment;

  function encode(view: DataView, value: Partial<StructValue<F>>, offset = 0): void {
    for (const name of names) {
      const given = value[name];
      if (given !== undefined)
        (fields[name] as FieldType<unknown>).set(view, offset + offsets[name], given);
    }
  }

  return {
    size,
    offsets,
    endOf: (name) => offsets[name] + (fields[name] as FieldType<unknown>).size,
    decode(view, offset = 0) {
      const value = {} as Record<string, unknown>;
      for (const name of names) {
        value[name] = (fields[name] as FieldType<unknown>).get(view, offset + offsets[name]);
      }
      return value as StructValue<F>;
    },
    encode,
    create(value = {}, length = size) {
      const view = new DataView(new ArrayBuffer(length));
      encode(view, value);
      return view;
    },
  };
}
