/** The file behind a shared mapping of a process. proc(5) */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  statfsSync,
  statSync,
} from 'node:fs';
import type { Mapping } from './process-map.js';

const HUGETLBFS_MAGIC = 0x958458f6;
/** An access to larger ones that are gone could not be survived; see bus-error-code.ts. */
const LARGEST_HUGE_PAGE = 2 ** 21;

/** An open file, closed at the end of the scope. */
export class MappedFile {
  constructor(readonly fd: number) {}

  [Symbol.dispose](): void {
    closeSync(this.fd);
  }
}

/** Opens the file as the process has it mapped. Undefined: it can't be opened, or is no plain file. */
export function openMappedFile(pid: number, mapping: Mapping): MappedFile | undefined {
  const flags = (mapping.isWritable ? constants.O_RDWR : constants.O_RDONLY) | constants.O_NONBLOCK;
  const { start, end } = mapping;
  // Only for the privileged.
  const mapFile = `/proc/${pid}/map_files/${start.toString(16)}-${end.toString(16)}`;
  const fd =
    open(mapFile, flags) ??
    open(pathOf(mapping), flags) ??
    open(descriptorPath(pid, mapping), flags);
  if (fd === undefined) return undefined;
  const file = new MappedFile(fd);
  if (isSuitable(file, mapping)) return file;
  file[Symbol.dispose]();
  return undefined;
}

function isSuitable({ fd }: MappedFile, mapping: Mapping): boolean {
  const status = fstatSync(fd);
  if (!status.isFile() || status.ino !== mapping.inode) return false;
  if (status.size < mapping.offset + mapping.end - mapping.start) return false;
  const { type, bsize } = statfsSync(`/proc/self/fd/${fd}`);
  return type !== HUGETLBFS_MAGIC || bsize <= LARGEST_HUGE_PAGE;
}

/** The file's own path, if it still has one: programs often close what they have mapped. */
function pathOf(mapping: Mapping): string | undefined {
  try {
    return isAt(mapping.path, mapping) ? mapping.path : undefined;
  } catch {
    return undefined;
  }
}

/** The path of a descriptor of the process that refers to the file. */
function descriptorPath(pid: number, mapping: Mapping): string | undefined {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder)
      .map((name) => `${folder}/${name}`)
      .find((path) => isAt(path, mapping));
  } catch {
    return undefined;
  }
}

/** Whether the file is at this path. @throws Error when nobody may look */
function isAt(path: string, { device, inode }: Mapping): boolean {
  const status = statSync(path, { throwIfNoEntry: false });
  return status?.ino === inode && status.dev === device && status.isFile();
}

function open(path: string | undefined, flags: number): number | undefined {
  if (path === undefined) return undefined;
  try {
    return openSync(path, flags);
  } catch {
    return undefined;
  }
}
