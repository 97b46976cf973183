/**
 * Which paths belong to the machine, and how a path in a program's call becomes one of the machine's.
 */
import { readLink } from './native/proc-file.unsafe.js';
import { AT_FDCWD } from './native/linux-constants.js';

/** Whole trees that are the machine's: what is not in the machine does not exist there. */
const OWNED =
  /^\/(?:sys\/(?:bus\/pci|devices\/(?:pci[^/]*|virtual\/(?:vfio|iommu)|virtual\/misc\/vfio)|kernel\/iommu_groups|class\/(?:iommu|vfio|vfio-dev)|class\/misc\/vfio|module\/vfio[^/]*)|dev\/vfio)(?:\/|$)/;

/** Whether a normalised absolute path lies in a tree of the machine's. */
export function isOwned(path: string): boolean {
  return OWNED.test(path);
}

/** Turns paths of programs into absolute ones and says which can concern the machine at all. */
export class PathResolver {
  readonly #viewPrefix: string;

  /** @param view the directory in which programs are shown the machine's directories */
  constructor(view: string) {
    this.#viewPrefix = view;
  }

  /**
   * The absolute path of a program's path, lexically normalised; undefined when it can't concern the
   * machine. Links of the real file system are not followed.
   * @param workingDirectory where relative paths begin, when that is not a real directory
   */
  resolve(
    tid: number,
    directoryFd: number,
    path: string,
    workingDirectory: string | undefined,
  ): string | undefined {
    if (path.charCodeAt(0) === SLASH) {
      if (!mayBeSpecial(path)) return undefined;
      return this.#special(normalise(path));
    }
    const base =
      directoryFd === AT_FDCWD
        ? (workingDirectory ?? readLink(`/proc/${tid}/cwd`))
        : readLink(`/proc/${tid}/fd/${directoryFd}`);
    return base === undefined ? undefined : this.below(base, path);
  }

  /** The same for a path from a real directory on. */
  below(base: string, path: string): string | undefined {
    return this.#special(normalise(`${this.machinePath(base)}/${path}`));
  }

  /** The path that a program means by a directory of the view it has open; other paths unchanged. */
  machinePath(real: string): string {
    if (!real.startsWith(this.#viewPrefix)) return real;
    return real.slice(this.#viewPrefix.length) || '/';
  }

  #special(path: string): string | undefined {
    return /^\/(?:sys|dev|proc)(?:\/|$)/.test(path) ? path : undefined;
  }
}

const SLASH = 0x2f;

/** Cheap: most absolute paths are neither in /sys, /dev, /proc nor written in a roundabout way. */
function mayBeSpecial(path: string): boolean {
  const second = path.charCodeAt(1);
  const third = path.charCodeAt(2);
  if (second === 0x73 && third === 0x79) return true; // /sy
  if (second === 0x64 && third === 0x65) return true; // /de
  if (second === 0x70 && third === 0x72) return true; // /pr
  return second === SLASH || second === 0x2e || path.includes('/..');
}

/**
 * Removes empty, `.` and `..` components; keeps a trailing slash, which demands a directory. In the machine's
 * own trees `..` stays: where it leads depends on links.
 */
export function normalise(path: string): string {
  if (!path.includes('//') && !path.includes('/.')) return path;
  const names: string[] = [];
  for (const name of path.split('/')) {
    if (name === '' || name === '.') continue;
    if (name !== '..' || isOwned(`/${names.join('/')}`)) names.push(name);
    else names.pop();
  }
  return `/${names.join('/')}${path.endsWith('/') && names.length > 0 ? '/' : ''}`;
}
