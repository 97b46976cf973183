/** `open`, `openat`, `openat2`, `creat`: of the machine's paths. */
import { resultOfError } from '../../kernel/error.js';
import { File } from '../../kernel/file.js';
import { LocalMemory } from '../../kernel/local-memory.js';
import { walkToOpen } from '../../kernel/path-walk.js';
import { Task } from '../../kernel/task.js';
import type { TreeFile } from '../../kernel/tree.js';
import { O_ACCMODE, O_CLOEXEC, O_DIRECTORY, O_PATH, O_RDONLY, PAGE_SIZE } from '../../uapi/file.js';
import type { Host } from '../host.js';
import { memoryFile } from '../memory-file.js';
import { moduleIndex } from '../module-index.js';
import { libc } from '../native/libc.unsafe.js';
import { AT_FDCWD } from '../native/linux-constants.js';
import { type Answer, CONTINUE, type NativeCall } from '../native-call.js';
import { isOwned } from '../virtual-paths.js';
import { type Location, locate } from './locate.js';
import { openStatus } from './proc-status-view.js';

/** Opens what a path argument leads to. */
export function openPath(
  host: Host,
  call: NativeCall,
  directoryFd: number,
  pathAddress: number,
  flags: number,
): Answer {
  const location = locate(host, call, directoryFd, pathAddress);
  if (location === undefined) return CONTINUE;
  try {
    return openLocation(host, call, location, flags);
  } catch (error) {
    return resultOfError(error);
  }
}

function openLocation(host: Host, call: NativeCall, location: Location, flags: number): Answer {
  const closeOnExec = (flags & O_CLOEXEC) !== 0;
  if (location.kind === 'modules') {
    const index = moduleIndex(location.path, host.kernel.root);
    return giveAway(call, memoryFile('modules', index), closeOnExec);
  }
  if (location.kind === 'status') return openStatus(host, call, location.pid, closeOnExec);
  // Opening a descriptor's link opens what it was opened from, anew.
  const path = location.kind === 'descriptor' ? location.file.inode.label : location.path;
  const node = walkToOpen(host.kernel.root, path, flags);
  if (node.kind === 'directory' && (flags & O_ACCMODE) === O_RDONLY) {
    const real = isOwned(node.path) ? -1 : libc().openat(AT_FDCWD, node.path, O_DIRECTORY);
    return giveAway(call, real >= 0 ? real : host.view.openDirectory(node), closeOnExec);
  }
  const isDirectoryAsked = (flags & O_DIRECTORY) !== 0;
  // With O_PATH a file is only pointed at, and nobody hears of it; so is a link itself.
  const isPointer = (flags & O_PATH) !== 0 && !isDirectoryAsked;
  const isPlain = node.kind === 'file' && !node.source.isLive && (flags & O_ACCMODE) === O_RDONLY;
  if (node.kind === 'file' && isPlain && !isPointer && !isDirectoryAsked) {
    return giveAway(call, host.view.openFile(node, contentOf(host, call, node)), closeOnExec);
  }
  const { task, files } = call.process;
  const number = files.reserve(closeOnExec);
  try {
    const file = isPointer
      ? new File(node.inode, {}, flags)
      : host.calls.openNode(task, node, flags);
    const content = node.kind === 'file' && !isPointer ? readAll(host, call, file) : undefined;
    const fd = host.openFiles.create(file, content);
    files.unreserve(number);
    return giveAway(call, fd, closeOnExec, number);
  } catch (error) {
    files.unreserve(number);
    throw error;
  }
}

/** Moves a descriptor of this process into the program, as the answer. */
function giveAway(call: NativeCall, fd: number, closeOnExec: boolean, newFd?: number): Answer {
  const answer = call.answerWithDescriptor(fd, closeOnExec, newFd);
  libc().close(fd);
  return answer;
}

/** The content of a file that only needs to be read. @throws KernelError as opening does */
function contentOf(host: Host, call: NativeCall, node: TreeFile): Uint8Array {
  const file = host.calls.openNode(call.process.task, node, O_RDONLY);
  const content = readAll(host, call, file);
  file.put();
  return content;
}

/** Reads a file to its end as the program would, which finds it at its beginning; nothing when it can't be read. */
function readAll(host: Host, call: NativeCall, file: File): Uint8Array {
  const { task } = call.process;
  const memory = new LocalMemory();
  const buffer = memory.allocate(PAGE_SIZE);
  const reader = new Task({
    pid: task.pid,
    comm: task.comm,
    credentials: () => task.credentials,
    memlockLimit: () => 0,
    memory,
    files: task.files,
  });
  const parts: Uint8Array[] = [];
  for (let at = 0; ; ) {
    const got = host.calls.read(reader, file, buffer.address, PAGE_SIZE, at);
    if (typeof got !== 'number' || got <= 0) return concatenate(parts);
    parts.push(buffer.bytes.slice(0, got));
    at += got;
  }
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
