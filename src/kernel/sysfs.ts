/**
 * Attribute files of sysfs: text that a `show` makes when it is first read after opening or
 * rewinding, and that a `store` takes, one write a store; and binary attributes read by offset.
 */
import { O_ACCMODE, O_RDONLY, O_WRONLY, PAGE_SIZE } from '../uapi/file.js';
import { kernelError } from './error.js';
import type { FileOperations, FilePosition, MemoryArea, SyscallResult } from './file.js';
import type { Task } from './task.js';
import { type Directory, type Owner, TreeFile } from './tree.js';

/** A text attribute (`struct device_attribute` and kin). */
export interface TextAttribute {
  /** Permission bits; default: 0444 with only `show`, 0200 with only `store`, 0644 with both. */
  readonly mode?: number;
  readonly owner?: Owner;
  /** The content, newline included. */
  readonly show?: () => string;
  /** Takes what was written. May sleep. Throws KernelError to refuse. */
  readonly store?: (text: string, task: Task) => void | Promise<void>;
  /** Whether what `show` makes changes in time. Default: only if there is a `store`. */
  readonly isVolatile?: boolean;
}

/** A binary attribute (`struct bin_attribute`). */
export interface BinaryAttribute {
  readonly mode: number;
  readonly owner?: Owner;
  /** Bytes; 0: not told, reading goes on until `read` returns nothing. */
  readonly size: number;
  read?(offset: number, count: number, task: Task): Uint8Array;
  write?(offset: number, bytes: Uint8Array, task: Task): number;
  mmap?(area: MemoryArea, task: Task): void;
}

/** Adds a text attribute to a directory. */
export function addAttribute(
  directory: Directory,
  name: string,
  attribute: TextAttribute,
): TreeFile {
  const mode = attribute.mode ?? (attribute.show ? 0o444 : 0) | (attribute.store ? 0o200 : 0);
  const node: TreeFile = new TreeFile(
    attribute.owner === undefined ? { mode } : { mode, owner: attribute.owner },
    {
      size: PAGE_SIZE,
      isLive: attribute.isVolatile ?? attribute.store !== undefined,
      open: (_task, flags) => new TextAttributeFile(node, attribute, flags),
    },
  );
  return directory.add(name, node);
}

/** Adds a binary attribute to a directory. */
export function addBinaryAttribute(
  directory: Directory,
  name: string,
  attribute: BinaryAttribute,
): TreeFile {
  const { mode, owner } = attribute;
  const node: TreeFile = new TreeFile(owner === undefined ? { mode } : { mode, owner }, {
    size: attribute.size,
    isLive: true,
    open: () => new BinaryAttributeFile(node, attribute),
  });
  return directory.add(name, node);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('latin1');

/** What is open may be gone by now, and its object with it (`kernfs_get_active`). @throws ENODEV */
function checkPresent(node: TreeFile): void {
  if (node.parent === undefined) throw kernelError('ENODEV');
}

class TextAttributeFile implements FileOperations {
  readonly isSeekable = true;
  readonly #node: TreeFile;
  readonly #attribute: TextAttribute;
  #content: Uint8Array | undefined;

  constructor(node: TreeFile, attribute: TextAttribute, flags: number) {
    const access = flags & O_ACCMODE;
    if (access !== O_WRONLY && attribute.show === undefined) throw kernelError('EACCES');
    if (access !== O_RDONLY && attribute.store === undefined) throw kernelError('EACCES');
    this.#node = node;
    this.#attribute = attribute;
  }

  read(task: Task, address: number, count: number, position: FilePosition): number {
    checkPresent(this.#node);
    if (position.offset === 0 || this.#content === undefined) {
      this.#content = encoder.encode(this.#attribute.show?.() ?? '');
    }
    const part = this.#content.subarray(position.offset, position.offset + count);
    if (part.length > 0 && !task.memory.write(address, part)) throw kernelError('EFAULT');
    position.offset += part.length;
    return part.length;
  }

  write(task: Task, address: number, count: number, position: FilePosition): SyscallResult {
    const bytes = new Uint8Array(Math.min(count, PAGE_SIZE));
    if (!task.memory.read(address, bytes)) throw kernelError('EFAULT');
    checkPresent(this.#node);
    const done = this.#attribute.store?.(decoder.decode(bytes), task);
    position.offset += bytes.length;
    return done instanceof Promise ? done.then(() => bytes.length) : bytes.length;
  }
}

class BinaryAttributeFile implements FileOperations {
  readonly isSeekable = true;
  readonly #node: TreeFile;
  readonly #attribute: BinaryAttribute;

  constructor(node: TreeFile, attribute: BinaryAttribute) {
    this.#node = node;
    this.#attribute = attribute;
  }

  read(task: Task, address: number, count: number, position: FilePosition): number {
    checkPresent(this.#node);
    const { size, read } = this.#attribute;
    if (read === undefined) throw kernelError('EIO');
    const { offset } = position;
    if (size > 0 && offset >= size) return 0;
    const length = Math.min(count, PAGE_SIZE, size > 0 ? size - offset : Infinity);
    const bytes = read.call(this.#attribute, offset, length, task);
    if (bytes.length > 0 && !task.memory.write(address, bytes)) throw kernelError('EFAULT');
    position.offset += bytes.length;
    return bytes.length;
  }

  write(task: Task, address: number, count: number, position: FilePosition): number {
    checkPresent(this.#node);
    const { size, write } = this.#attribute;
    if (write === undefined) throw kernelError('EIO');
    const { offset } = position;
    if (size > 0 && offset >= size) throw kernelError('EFBIG');
    const length = Math.min(count, PAGE_SIZE, size > 0 ? size - offset : Infinity);
    const bytes = new Uint8Array(length);
    if (!task.memory.read(address, bytes)) throw kernelError('EFAULT');
    const written = write.call(this.#attribute, offset, bytes, task);
    position.offset += written;
    return written;
  }

  mmap(task: Task, area: MemoryArea): number {
    checkPresent(this.#node);
    if (this.#attribute.mmap === undefined) throw kernelError('ENODEV');
    this.#attribute.mmap(area, task);
    return 0;
  }
}
