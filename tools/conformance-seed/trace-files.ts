// Where traces come from: .jsonl files, tar archives of them, either compressed, folders of these.
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { readCompressed, readTar } from '../archive/tar.js';

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
  if (!isArchiveName(file)) return [{ name: file, text: readCompressed(file).toString('utf8') }];
  return [...readTar(file)]
    .filter(([name]) => isTraceName(name))
    .map(([name, content]) => ({ name: `${file}/${name}`, text: content.toString('utf8') }));
}
