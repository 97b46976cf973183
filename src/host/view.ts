/**
 * Directories and plain files of the machine as real ones, made when a program opens them: from then
 * on `getdents`, `read` and `lseek` on what was opened are the real kernel's.
 */
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Directory, TreeFile, TreeNode } from '../kernel/tree.js';
import { O_DIRECTORY } from '../uapi/file.js';
import { inOwnTree } from './own-tree.js';

export class View {
  readonly #path: string;
  readonly #contents = new Map<string, string>();

  /** @param path the view's directory: `<path>/sys/bus` shows `/sys/bus` */
  constructor(path: string) {
    this.#path = path;
  }

  /** A descriptor of this process for a directory, whose entries are as they are now. */
  openDirectory(directory: Directory): number {
    return inOwnTree(this.#path, () => this.#openDirectory(directory));
  }

  /** A descriptor of this process for reading a file with this content. */
  openFile(node: TreeFile, content: Uint8Array): number {
    return inOwnTree(this.#path, () => this.#openFile(node, content));
  }

  #openDirectory(directory: Directory): number {
    const path = this.#realise(directory);
    const wanted = directory.children;
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const node = wanted.get(entry.name);
      if (node === undefined || typeOf(node) !== typeOfEntry(entry)) {
        this.#remove(join(path, entry.name));
      }
    }
    for (const [name, node] of wanted) this.#makeEntry(join(path, name), node);
    return openSync(path, O_DIRECTORY);
  }

  #openFile(node: TreeFile, content: Uint8Array): number {
    const parent = node.parent;
    const path = join(parent === undefined ? this.#path : this.#realise(parent), node.name);
    const text = Buffer.from(content).toString('latin1');
    if (this.#contents.get(path) !== text) {
      rmSync(path, { force: true });
      writeFileSync(path, content, { mode: 0o600 });
      chmodSync(path, node.permissions);
      this.#contents.set(path, text);
    }
    return openSync(path, 'r');
  }

  #remove(path: string): void {
    rmSync(path, { recursive: true, force: true });
    for (const known of this.#contents.keys()) {
      if (known === path || known.startsWith(`${path}/`)) this.#contents.delete(known);
    }
  }

  #realise(directory: Directory): string {
    const path = join(this.#path, directory.path);
    mkdirSync(path, { recursive: true, mode: 0o755 });
    return path;
  }

  #makeEntry(path: string, node: TreeNode): void {
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return;
    if (node.kind === 'directory') mkdirSync(path, { mode: 0o755 });
    else if (node.kind === 'link') symlinkSync(node.target, path);
    else writeFileSync(path, '', { mode: node.permissions });
  }
}

type EntryType = 'directory' | 'link' | 'file';

function typeOf(node: TreeNode): EntryType {
  return node.kind === 'directory' || node.kind === 'link' ? node.kind : 'file';
}

function typeOfEntry(entry: { isDirectory(): boolean; isSymbolicLink(): boolean }): EntryType {
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'link' : 'file';
}
