// Reads tar archives (POSIX ustar): blocks of 512 bytes, a header before each file; compressed or not.
import { readFileSync } from 'node:fs';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

const BLOCK = 512;
const NAME = { offset: 0, size: 100 };
const SIZE = { offset: 124, size: 12 };
const TYPE = { offset: 156, size: 1 };
const PREFIX = { offset: 345, size: 155 };

/** The content of a file, decompressed as its name says. */
export function readCompressed(file: string): Buffer {
  const raw = readFileSync(file);
  if (/\.(gz|tgz)$/.test(file)) return gunzipSync(raw);
  return file.endsWith('.br') ? brotliDecompressSync(raw) : raw;
}

/** The ordinary files of an archive by name, in its order. */
export function readTar(file: string): Map<string, Buffer> {
  const content = readCompressed(file);
  const files = new Map<string, Buffer>();
  let offset = 0;
  while (offset + BLOCK <= content.length && content[offset] !== 0) {
    const header = content.subarray(offset, offset + BLOCK);
    const name = [fieldOf(header, PREFIX), fieldOf(header, NAME)].filter(Boolean).join('/');
    const size = Number.parseInt(fieldOf(header, SIZE), 8);
    const start = offset + BLOCK;
    const type = fieldOf(header, TYPE);
    if (type === '' || type === '0') files.set(name, content.subarray(start, start + size));
    offset = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}

function fieldOf(header: Buffer, { offset, size }: { offset: number; size: number }): string {
  const field = header.toString('latin1', offset, offset + size);
  const end = field.indexOf('\0');
  return (end < 0 ? field : field.slice(0, end)).trim();
}
