/** What a path in a program's call leads to, when it concerns the machine. */
import { KernelError } from '../../kernel/error.js';
import type { File } from '../../kernel/file.js';
import { walk } from '../../kernel/path-walk.js';
import type { TreeNode } from '../../kernel/tree.js';
import { fileStatus } from '../native/file-status.unsafe.js';
import { readLink } from '../native/proc-file.unsafe.js';
import type { Host } from '../host.js';
import type { NativeCall } from '../native-call.js';
import { isModuleIndex } from '../module-index.js';
import { isOwned } from '../virtual-paths.js';

export type Location =
  /** A path of the machine, whether or not something is there. */
  | { readonly kind: 'machine'; readonly path: string }
  /** A descriptor of the machine's by way of `/proc/…/fd/N`. */
  | { readonly kind: 'descriptor'; readonly pid: number; readonly fd: number; readonly file: File }
  /** A directory or plain file of the view, by way of `/proc/…/fd/N`: the machine's path that it shows. */
  | { readonly kind: 'view'; readonly path: string }
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
  return absolute === undefined ? undefined : locateAbsolute(host, call, absolute);
}

function locateAbsolute(host: Host, call: NativeCall, absolute: string): Location | undefined {
  if (absolute.startsWith('/proc') || absolute.startsWith('/dev/fd/')) {
    return locateInProc(host, call, absolute);
  }
  // What the host keeps for itself is no business of programs: it is not there.
  if (isOwned(absolute) || absolute.startsWith(host.scratch.path)) {
    host.path = absolute;
    return { kind: 'machine', path: absolute };
  }
  if (!exists(host, absolute)) return undefined;
  // Directories above the machine's own trees are the real ones, where they exist. Numbers of devices are
  // the machine's, should the real kernel have given out the same.
  const isReal = typeof fileStatus(absolute) !== 'number';
  if (isReal && !absolute.startsWith('/sys/dev/char/')) return undefined;
  host.path = absolute;
  return { kind: 'machine', path: absolute };
}

/** The machine's path of what a location leads to; undefined when that is none of the machine's. */
export function machinePathOf(location: Location | undefined): string | undefined {
  if (location?.kind === 'machine' || location?.kind === 'view') return location.path;
  return location?.kind === 'descriptor' ? location.file.inode.label : undefined;
}

/** The same of a descriptor: of a file of the machine, or of what the view shows. */
export function machinePathBehind(host: Host, call: NativeCall, fd: number): string | undefined {
  return host.fileOf(call.tid, fd)?.inode.label ?? viewPathOf(host, call.tid, fd);
}

function viewPathOf(host: Host, tid: number, fd: number): string | undefined {
  const link = fd < 0 ? undefined : readLink(`/proc/${tid}/fd/${fd}`);
  if (link === undefined) return undefined;
  const path = host.paths.machinePath(link);
  return path === link ? undefined : path.replace(/ \(deleted\)$/, '');
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

const PROC = /^\/(?:proc\/(self|thread-self|\d+)(?:\/task\/\d+)?|dev)\/(.+)$/;

function locateInProc(host: Host, call: NativeCall, path: string): Location | undefined {
  const [, who, name = ''] = PROC.exec(path) ?? [];
  const pid = who === undefined || !/^\d/.test(who) ? call.tid : Number(who);
  if (name === 'status') return { kind: 'status', pid };
  const [, link = '', rest] = /^(fd\/\d+|cwd)(?:\/+(.+))?$/.exec(name) ?? [];
  if (rest !== undefined) return locateBelow(host, call, `/proc/${pid}/${link}`, rest);
  if (!link.startsWith('fd/')) return undefined;
  const fd = Number(link.slice('fd/'.length));
  const file = host.fileOf(pid, fd);
  if (file !== undefined) return { kind: 'descriptor', pid, fd, file };
  const shown = viewPathOf(host, pid, fd);
  return shown === undefined ? undefined : { kind: 'view', path: shown };
}

/** A path on from the directory that a link of `/proc` leads to. */
function locateBelow(
  host: Host,
  call: NativeCall,
  link: string,
  rest: string,
): Location | undefined {
  const base = readLink(link);
  const absolute = base === undefined ? undefined : host.paths.below(base, rest);
  if (absolute === undefined || absolute.startsWith('/proc')) return undefined;
  return locateAbsolute(host, call, absolute);
}
