// Lists parts of a machine's tree as conformance/linux/sysfs-tree.c lists those of a real kernel.
import { type KernelError, resultOfError } from '../../src/kernel/error.js';
import type { Kernel } from '../../src/kernel/kernel.js';
import { LocalDescriptorTable } from '../../src/kernel/descriptor-table.js';
import { LocalMemory } from '../../src/kernel/local-memory.js';
import { walk } from '../../src/kernel/path-walk.js';
import { ROOT_CREDENTIALS, Task } from '../../src/kernel/task.js';
import type { Directory, TreeFile, TreeNode } from '../../src/kernel/tree.js';
import { errnoName } from '../../src/uapi/errno.js';
import { O_RDONLY } from '../../src/uapi/file.js';

const UNREAD = /^(resource\d.*|rom|vpd)$/;
const VARYING = /^(runtime_.*_time|.*_count|.*_time_ms)$/;
const FOREIGN = /^(net|nvme|....:..:..\..|....:..:..\..:pcie.*)$/;

/** One line an entry, below each of the paths. */
export function listTree(kernel: Kernel, paths: readonly string[]): string[] {
  const lines: string[] = [];
  for (const path of paths) {
    const entry = find(kernel, path, false);
    if (entry === undefined) {
      lines.push(`${path} (ENOENT)`);
      continue;
    }
    lines.push(`${path} ${describe(entry)}`);
    const real = find(kernel, path, true);
    if (real?.kind === 'directory') listDirectory(real, path, lines);
  }
  return lines;
}

function find(kernel: Kernel, path: string, follow: boolean): TreeNode | undefined {
  try {
    return walk(kernel.root, path, follow);
  } catch (error) {
    resultOfError(error);
    return undefined;
  }
}

function listDirectory(directory: Directory, shown: string, lines: string[]): void {
  for (const name of [...directory.children.keys()].sort()) {
    const entry = directory.get(name);
    if (entry === undefined) continue;
    const isForeign = entry.kind === 'directory' && FOREIGN.test(name);
    lines.push(`${shown}/${name} ${describe(entry)}${isForeign ? ' (not entered)' : ''}`);
    if (entry.kind === 'directory' && !isForeign) listDirectory(entry, `${shown}/${name}`, lines);
  }
}

function describe(entry: TreeNode): string {
  const mode = (entry.inode.mode & 0o7777).toString(8).padStart(4, '0');
  switch (entry.kind) {
    case 'directory':
      return `d ${mode}`;
    case 'link':
      return `l ${mode} -> ${entry.target}`;
    case 'device':
      return `c ${mode} ${entry.major}:${entry.minor}`;
    default:
      return `f ${mode} ${content(entry)}`;
  }
}

function content(file: TreeFile): string {
  if ((file.inode.mode & 0o444) === 0) return '(write only)';
  if (UNREAD.test(file.name)) return `[${file.inode.size}] (not read)`;
  if (VARYING.test(file.name)) return '(varies)';
  let bytes: Uint8Array;
  try {
    bytes = readWhole(file);
  } catch (error) {
    return `(read: ${errnoName((error as KernelError).errno)})`;
  }
  if (bytes.every((byte) => byte === 9 || byte === 10 || (byte >= 32 && byte < 127))) {
    const text = Buffer.from(bytes).toString('latin1');
    return `"${text.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\t', '\\t')}"`;
  }
  const hex = [...bytes].map(
    (byte, i) => `${i > 0 && i % 16 === 0 ? '  ' : ' '}${byte.toString(16).padStart(2, '0')}`,
  );
  return `[${bytes.length}] hex:${hex.join('')}`;
}

function readWhole(file: TreeFile): Uint8Array {
  const memory = new LocalMemory();
  const task = new Task({
    pid: 1,
    comm: 'list',
    credentials: () => ROOT_CREDENTIALS,
    memlockLimit: () => 0,
    memory,
    files: new LocalDescriptorTable(0),
  });
  const { address, bytes } = memory.allocate(8192);
  const operations = file.source.open(task, O_RDONLY);
  const position = { offset: 0 };
  const length = operations.read?.(task, address, 8192, position) ?? 0;
  operations.release?.();
  return bytes.slice(0, length as number);
}
