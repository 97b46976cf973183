/** Records as values, and their bytes. */
import { type ByteReader, RecordingError } from './byte-reader.js';
import { type ByteWriter, ENCODING, RESERVE } from './byte-writer.js';
import { digest } from './digest.js';
import type { Field } from './field.js';
import { frequent } from './frequent-records.js';
import { layouts } from './layouts.js';

type Layouts = typeof layouts;

export type RecordKind = keyof Layouts;

/** The fields of a kind of record. */
export type Fields<Kind extends RecordKind> = {
  readonly [Name in keyof Layouts[Kind]]: Layouts[Kind][Name] extends Field<infer T> ? T : never;
};

/** A record of some kind. */
export type RecordOf<Kind extends RecordKind> = Kind extends RecordKind
  ? { readonly kind: Kind } & Fields<Kind>
  : never;

/** A record of any kind. */
export type Recorded = { [Kind in RecordKind]: RecordOf<Kind> }[RecordKind];

interface Layout {
  readonly kind: string;
  readonly number: number;
  /** Writes and reads a kind that is frequent. */
  readonly frequent:
    | { write(writer: ByteWriter, values: never): void; read(reader: ByteReader): Recorded }
    | undefined;
  readonly fields: readonly (readonly [name: string, field: Field<unknown>])[];
}

const byNumber: readonly Layout[] = Object.entries(layouts).map(([kind, fields], number) => ({
  kind,
  number,
  frequent: frequent[kind as RecordKind],
  fields: Object.entries(fields) as [string, Field<unknown>][],
}));
const byKind = new Map(byNumber.map((layout) => [layout.kind, layout]));

/** A number that says which kinds of records there are, and how they are written: others can't be read. */
export const layoutsFingerprint = digest(
  new TextEncoder().encode(byNumber.map(signatureOf).join('\n')),
);

/** `close file:uint` */
function signatureOf({ kind, fields }: Layout): string {
  return [`${ENCODING} ${kind}`, ...fields.map(([name, { type }]) => `${name}:${type}`)].join(' ');
}

/** Appends a record. */
export function writeRecord<Kind extends RecordKind>(
  writer: ByteWriter,
  kind: Kind,
  values: Fields<Kind>,
): void {
  const layout = byKind.get(kind) as Layout;
  writer.reserve(RESERVE);
  writer.byte(layout.number);
  if (layout.frequent !== undefined) {
    layout.frequent.write(writer, values as never);
    return;
  }
  const given = values as Readonly<Record<string, unknown>>;
  const { fields } = layout;
  for (let index = 0; index < fields.length; index++) {
    const [name, field] = fields[index] as Layout['fields'][number];
    field.write(writer, given[name]);
  }
}

/** Reads the next record. @throws RecordingError */
export function readRecord(reader: ByteReader): Recorded {
  const number = reader.byte();
  const layout = byNumber[number];
  if (layout === undefined) throw new RecordingError(`there is no record of kind ${number}`);
  if (layout.frequent !== undefined) return layout.frequent.read(reader);
  const record: Record<string, unknown> = { kind: layout.kind };
  for (const [name, field] of layout.fields) record[name] = field.read(reader);
  return record as Recorded;
}
