/**
 * Recordings as files: a line that says what it is, a line of JSON about the session, then the records in
 * pieces, each compressed on its own behind its length, so that what a killed run leaves can be read up to
 * its end. A piece without length is the end.
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { deflateSync, inflateSync } from 'node:zlib';
import { codeOf, explainCode } from '../explain-error.js';
import {
  ByteReader,
  layoutsFingerprint,
  type Recorded,
  RecordingError,
  readRecord,
} from '../../recording/index.js';

const FIRST_LINE = 'uvfio recording';
const NEWLINE = 10;
const LENGTH_BYTES = 4;
/** The fastest: the machine waits for whoever writes. */
const LEVEL = 1;

/** What a recording says of itself. */
export interface RecordingHeader {
  /** The version of uvfio that made it. */
  readonly uvfio: string;
  /** The program and its arguments. */
  readonly program: readonly string[];
  /** When, as ISO 8601 has it. */
  readonly started: string;
}

/** A recording that is being made. */
export class RecordingFile {
  readonly #path: string;
  #fd: number | undefined;

  /** @throws RecordingError when the file can't be written */
  constructor(path: string, header: RecordingHeader) {
    this.#path = path;
    const about = JSON.stringify({ ...header, layouts: layoutsFingerprint });
    this.#fd = this.#trying(() => openSync(path, 'w', 0o600));
    this.#write(Buffer.from(`${FIRST_LINE}\n${about}\n`));
  }

  /** Appends records. @throws RecordingError */
  append(batch: Uint8Array): void {
    const piece = deflateSync(batch, { level: LEVEL });
    this.#write(Buffer.concat([lengthOf(piece.length), piece]));
  }

  /** @throws RecordingError */
  close(): void {
    if (this.#fd === undefined) return;
    this.#write(lengthOf(0));
    closeSync(this.#fd);
    this.#fd = undefined;
  }

  #write(bytes: Uint8Array): void {
    const fd = this.#fd;
    if (fd === undefined) return;
    for (let at = 0; at < bytes.length; ) {
      at += this.#trying(() => writeSync(fd, bytes, at, bytes.length - at));
    }
  }

  /** After a failure nothing more is written: what follows would not be readable. */
  #trying<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      if (this.#fd !== undefined) closeSync(this.#fd);
      this.#fd = undefined;
      throw new RecordingError(`${this.#path}: can't be written: ${explainCode(codeOf(error))}`);
    }
  }
}

/** A recording that was made. */
export interface Recording {
  readonly header: RecordingHeader;
  readonly records: Generator<Recorded, RecordingEnd>;
}

/** How a recording ends: as its session did, or where the recorder was stopped. */
export type RecordingEnd = 'complete' | 'cut off';

/** Opens a recording. @throws RecordingError for what is none, or one of another version */
export function readRecording(path: string): Recording {
  const bytes = readWhole(path);
  const first = bytes.indexOf(NEWLINE);
  const second = bytes.indexOf(NEWLINE, first + 1);
  if (second < 0 || bytes.toString('utf8', 0, first) !== FIRST_LINE) {
    throw new RecordingError(`${path}: is no recording of uvfio run --record`);
  }
  const header = headerIn(path, bytes.toString('utf8', first + 1, second));
  return { header, records: recordsIn(bytes, second + 1) };
}

function headerIn(path: string, text: string): RecordingHeader {
  const { uvfio, program, started, layouts } = parsed(path, text);
  if (typeof uvfio !== 'string' || typeof started !== 'string' || !Array.isArray(program)) {
    throw new RecordingError(`${path}: is damaged: its second line does not describe it`);
  }
  if (layouts !== layoutsFingerprint) {
    throw new RecordingError(
      `${path}: was made by uvfio ${uvfio}, whose recordings this version does not read; replay it with that one`,
    );
  }
  return { uvfio, program: program.map(String), started };
}

function parsed(path: string, text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    throw new RecordingError(`${path}: is damaged: its second line is no JSON`);
  }
}

function* recordsIn(bytes: Buffer, start: number): Generator<Recorded, RecordingEnd> {
  const reader = new ByteReader();
  for (let at = start; at + LENGTH_BYTES <= bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    at += LENGTH_BYTES;
    if (length === 0) return 'complete';
    if (at + length > bytes.length) break;
    reader.open(inflated(bytes.subarray(at, at + length), at));
    while (!reader.isAtEnd) yield readRecord(reader);
    at += length;
  }
  return 'cut off';
}

function inflated(piece: Uint8Array, at: number): Uint8Array {
  try {
    return inflateSync(piece);
  } catch {
    throw new RecordingError(`it is damaged at byte ${at}`);
  }
}

function readWhole(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new RecordingError(`${path}: can't be read: ${explainCode(codeOf(error))}`);
  }
}

function lengthOf(length: number): Buffer {
  const bytes = Buffer.alloc(LENGTH_BYTES);
  bytes.writeUInt32LE(length);
  return bytes;
}
