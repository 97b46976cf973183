// Where traces come from: .jsonl files, tar archives of them, either compressed, folders of these.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

export interface TraceFile {
  /** The path; within an archive, the archive's and the entry's. */
  readonly name: string;
  readonly text: string;
}

/**
 * All traces at a path, sorted by name.
 * @throws Error when it can't be read or holds none
 */
export function readTraces(location: string): TraceFile[] {
  const found = statSync(location).isDirectory()
    ? readdirSync(location, { recursive: true, encoding: 'utf8' })
        .filter((name) => isTraceName(name) || isArchiveName(name))
        .flatMap((name) => readFile(path.join(location, name)))
    : readFile(location);
  if (found.length === 0) throw new Error(`${location}: there are no traces here`);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function isTraceName(name: string): boolean {
  return /\.jsonl(\.gz)?$/.test(name);
}

function isArchiveName(name: string): boolean {
  return /\.(tar|tar\.gz|tgz|tar\.br)$/.test(name);
}

function readFile(file: string): TraceFile[] {
  const content = decompress(file, readFileSync(file));
  if (isArchiveName(file)) return readArchive(file, content);
  return [{ name: file, text: content.toString('utf8') }];
}

function decompress(file: string, raw: Buffer): Buffer {
  if (/\.(gz|tgz)$/.test(file)) return gunzipSync(raw);
  return file.endsWith('.br') ? brotliDecompressSync(raw) : raw;
}

const BLOCK = 512;
const NAME = { offset: 0, size: 100 };
const SIZE = { offset: 124, size: 12 };
const PREFIX = { offset: 345, size: 155 };

/** The traces in a tar archive (POSIX ustar): blocks of 512 bytes, a header before each file. */
function readArchive(archive: string, content: Buffer): TraceFile[] {
  const traces: TraceFile[] = [];
  let offset = 0;
  while (offset + BLOCK <= content.length && content[offset] !== 0) {
    const header = content.subarray(offset, offset + BLOCK);
    const name = [fieldOf(header, PREFIX), fieldOf(header, NAME)].filter(Boolean).join('/');
    const size = Number.parseInt(fieldOf(header, SIZE), 8);
    const start = offset + BLOCK;
    if (isTraceName(name)) {
      const text = content.toString('utf8', start, start + size);
      traces.push({ name: `${archive}/${name}`, text });
    }
    offset = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  return traces;
}

function fieldOf(header: Buffer, { offset, size }: { offset: number; size: number }): string {
  const field = header.toString('latin1', offset, offset + size);
  const end = field.indexOf('\0');
  return (end < 0 ? field : field.slice(0, end)).trim();
}
