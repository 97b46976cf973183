/** The mappings of a process, from `/proc/<pid>/maps`. proc(5) */
import { readSmallFile } from './native/proc-file.unsafe.js';

/** One mapping. */
export interface Mapping {
  readonly start: number;
  readonly end: number;
  readonly isReadable: boolean;
  readonly isWritable: boolean;
  readonly isShared: boolean;
  /** Where in the file it begins, in bytes. */
  readonly offset: number;
  /** The file's device number, as stat has it. */
  readonly device: number;
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
    const match =
      /^([0-9a-f]+)-([0-9a-f]+) (.)(.).(.) ([0-9a-f]+) ([0-9a-f]+):([0-9a-f]+) (\d+) *(.*)$/.exec(
        line,
      );
    if (match === null) continue;
    const mapping: Mapping = {
      start: Number.parseInt(match[1] as string, 16),
      end: Number.parseInt(match[2] as string, 16),
      isReadable: match[3] === 'r',
      isWritable: match[4] === 'w',
      isShared: match[5] === 's',
      offset: Number.parseInt(match[6] as string, 16),
      device: deviceNumber(match[7] as string, match[8] as string),
      inode: Number(match[9]),
      path: match[10] ?? '',
    };
    if (mapping.end <= start) continue;
    if (mapping.start > covered) return undefined;
    found.push(mapping);
    covered = mapping.end;
    if (covered >= end) return found;
  }
  return undefined;
}

/** As `new_encode_dev` of linux/kdev_t.h and stat(2) have it, from two hexadecimal numbers. */
function deviceNumber(major: string, minor: string): number {
  const low = Number.parseInt(minor, 16);
  return ((low & 0xff) | (Number.parseInt(major, 16) << 8) | ((low & ~0xff) << 12)) >>> 0;
}
