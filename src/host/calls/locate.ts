/** What a path in a program's call leads to, when it concerns the machine. */
import { KernelError } from '../../kernel/error.js';
import type { File } from '../../kernel/file.js';
import { walk } from '../../kernel/path-walk.js';
import type { TreeNode } from '../../kernel/tree.js';
import { fileStatus } from '../native/file-status.unsafe.js';
import type { Host } from '../host.js';
import type { NativeCall } from '../native-call.js';
import { isModuleIndex } from '../module-index.js';
import { isOwned } from '../virtual-paths.js';

export type Location =
  /** A path of the machine, whether or not something is there. */
  | { readonly kind: 'machine'; readonly path: string }
  /** A descriptor of the machine's by way of `/proc/…/fd/N`. */
  | { readonly kind: 'descriptor'; readonly pid: number; readonly fd: number; readonly file: File }
  /** A list of modules. */
  | { readonly kind: 'modules'; readonly path: string }
  /** `/proc/<pid>/status` of a process. */
  | { readonly kind: 'status'; readonly pid: number };

/** Where a path argument leads; undefined when the real kernel knows better. */
export function locate(
  host: Host,
  call: NativeCall,
  directoryFd: number,
  pathAddress: number,
): Location | undefined {
  const path = host.memory.readCString(call.tid, pathAddress);
  if (typeof path === 'number' || path === '') return undefined;
  if (isModuleIndex(path)) return { kind: 'modules', path };
  const cwd = host.hasVirtualDirectories ? call.process.virtualDirectory : undefined;
  const absolute = host.paths.resolve(call.tid, directoryFd, path, cwd);
  if (absolute === undefined) return undefined;
  if (absolute.startsWith('/proc') || absolute.startsWith('/dev/fd/')) {
    return locateInProc(host, call, absolute);
  }
  // What the host keeps for itself is no business of programs: it is not there.
  if (isOwned(absolute) || absolute.startsWith(host.scratch.path)) {
    return { kind: 'machine', path: absolute };
  }
  if (!exists(host, absolute)) return undefined;
  // Directories above the machine's own trees are the real ones, where they exist. Numbers of devices are
  // the machine's, should the real kernel have given out the same.
  const isReal = typeof fileStatus(absolute) !== 'number';
  if (isReal && !absolute.startsWith('/sys/dev/char/')) return undefined;
  return { kind: 'machine', path: absolute };
}

/** The node at a path of the machine. @throws KernelError */
export function nodeAt(host: Host, path: string, followLast: boolean): TreeNode {
  return walk(host.kernel.root, path, followLast);
}

function exists(host: Host, path: string): boolean {
  try {
    nodeAt(host, path, false);
    return true;
  } catch (error) {
    if (error instanceof KernelError) return false;
    throw error;
  }
}

const PROC = /^\/(?:proc\/(self|thread-self|\d+)(?:\/task\/\d+)?|dev)\/(status$|fd\/(\d+)$)/;

function locateInProc(host: Host, call: NativeCall, path: string): Location | undefined {
  const match = PROC.exec(path);
  if (match === null) return undefined;
  const who = match[1];
  const pid = who === undefined || !/^\d/.test(who) ? call.tid : Number(who);
  if (match[3] === undefined) return { kind: 'status', pid };
  const fd = Number(match[3]);
  const file = host.fileOf(pid, fd);
  return file === undefined ? undefined : { kind: 'descriptor', pid, fd, file };
}
