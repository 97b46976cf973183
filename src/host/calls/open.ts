/** `open`, `openat`, `openat2`, `creat`: of the machine's paths. */
import { resultOfError } from '../../kernel/error.js';
import type { File } from '../../kernel/file.js';
import { LocalMemory } from '../../kernel/local-memory.js';
import { Task } from '../../kernel/task.js';
import type { TreeFile } from '../../kernel/tree.js';
import {
  O_ACCMODE,
  O_CLOEXEC,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_PATH,
  O_RDONLY,
  PAGE_SIZE,
} from '../../uapi/file.js';
import type { Host } from '../host.js';
import { libc } from '../native/libc.unsafe.js';
import { type Answer, CONTINUE, type NativeCall } from '../native-call.js';
import { type Location, locate, nodeAt } from './locate.js';
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
  if (location.kind === 'status') return openStatus(host, call, location.pid, closeOnExec);
  // Opening a descriptor's link opens what it was opened from, anew.
  const path = location.kind === 'machine' ? location.path : location.file.inode.label;
  const node = nodeAt(host, path, (flags & O_NOFOLLOW) === 0);
  if (node.kind === 'directory' && (flags & O_ACCMODE) === O_RDONLY) {
    return giveAway(call, host.view.openDirectory(node), closeOnExec);
  }
  const isPlain = node.kind === 'file' && !node.source.isLive && (flags & O_ACCMODE) === O_RDONLY;
  if (node.kind === 'file' && (isPlain || (flags & O_PATH) !== 0) && (flags & O_DIRECTORY) === 0) {
    const content = (flags & O_PATH) === 0 ? contentOf(host, call, node) : new Uint8Array();
    return giveAway(call, host.view.openFile(node, content), closeOnExec);
  }
  const { task, files } = call.process;
  const number = files.reserve(closeOnExec);
  try {
    const file = host.calls.openNode(task, node, flags);
    const content = node.kind === 'file' ? readAll(host, call, file) : undefined;
    file.position.offset = 0;
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

/** Reads a file to its end as the program would; nothing when it can't be read. */
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
  for (;;) {
    const got = host.calls.read(reader, file, buffer.address, PAGE_SIZE);
    if (typeof got !== 'number' || got <= 0) return concatenate(parts);
    parts.push(buffer.bytes.slice(0, got));
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
