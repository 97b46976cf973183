/** The mappings of a process, from `/proc/<pid>/maps`. proc(5) */
import { readSmallFile } from './native/proc-file.unsafe.js';

/** One mapping. */
export interface Mapping {
  readonly start: number;
  readonly end: number;
  readonly isReadable: boolean;
  readonly isWritable: boolean;
  readonly isShared: boolean;
  /** The file's inode number; 0 for anonymous memory. */
  readonly inode: number;
  /** The file's path, or a name in brackets, or ''. */
  readonly path: string;
}

/** The mappings that [start, end) lies in, in order; undefined when some part is not mapped at all. */
export function mappingsOf(pid: number, start: number, end: number): Mapping[] | undefined {
  const text = readSmallFile(`/proc/${pid}/maps`);
  if (text === undefined) return undefined;
  const found: Mapping[] = [];
  let covered = start;
  for (const line of text.split('\n')) {
    const match = /^([0-9a-f]+)-([0-9a-f]+) (.)(.).(.) \S+ \S+ (\d+) *(.*)$/.exec(line);
    if (match === null) continue;
    const mapping: Mapping = {
      start: Number.parseInt(match[1] as string, 16),
      end: Number.parseInt(match[2] as string, 16),
      isReadable: match[3] === 'r',
      isWritable: match[4] === 'w',
      isShared: match[5] === 's',
      inode: Number(match[6]),
      path: match[7] ?? '',
    };
    if (mapping.end <= start) continue;
    if (mapping.start > covered) return undefined;
    found.push(mapping);
    covered = mapping.end;
    if (covered >= end) return found;
  }
  return undefined;
}
