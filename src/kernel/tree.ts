/**
 * The directory tree that holds `/dev` and `/sys`: directories, symbolic links, files with
 * operations, device nodes. Path walking is `path-walk.ts`.
 */
import { S_IFCHR, S_IFDIR, S_IFLNK, S_IFREG, makeDevice } from '../uapi/file.js';
import { kernelError } from './error.js';
import type { FileOperations } from './file.js';
import type { Inode } from './inode.js';
import { ReusingMap } from './reusing-map.js';
import type { Task } from './task.js';

/** Who owns nodes that are made without an owner of their own. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Permissions of a node to be made. */
export interface NodeOptions {
  /** Permission bits. */
  readonly mode: number;
  /** Default: as the directory it is put into. */
  readonly owner?: Owner;
}

export type TreeNode = Directory | SymbolicLink | TreeFile | DeviceNode;

/** What has happened to a tree. */
export interface TreeChange {
  readonly action: 'added' | 'removed';
  readonly node: TreeNode;
  /** Absolute path of the node (where it was, when removed). */
  readonly path: string;
}

abstract class NodeBase {
  /** The name in the directory. */
  name = '';
  parent: Directory | undefined;
  #permissions: number;
  #owner: Owner | undefined;
  number = 0;

  constructor(options: NodeOptions) {
    this.#permissions = options.mode;
    this.#owner = options.owner;
  }

  get permissions(): number {
    return this.#permissions;
  }

  /** Changes the permission bits. */
  setPermissions(mode: number): void {
    this.#permissions = mode;
    this.metadataChanged();
  }

  /** Changes the owner. */
  setOwner(owner: Owner): void {
    this.#owner = owner;
    this.metadataChanged();
  }

  get owner(): Owner {
    return this.#owner ?? this.parent?.owner ?? { uid: 0, gid: 0 };
  }

  /** Absolute path; of a removed node, what is left of it. */
  get path(): string {
    if (this.parent === undefined) return this.name === '' ? '/' : this.name;
    const above = this.parent.path;
    return above === '/' ? `/${this.name}` : `${above}/${this.name}`;
  }

  /** Mode or owner are not what they were. */
  protected metadataChanged(): void {}

  protected inodeOf(type: number, size: number, rdev = 0): Inode {
    return {
      mode: type | this.permissions,
      uid: this.owner.uid,
      gid: this.owner.gid,
      number: this.number,
      size,
      rdev,
      label: this.path,
    };
  }
}

/** The nodes in a directory, by name. */
export type Children = Pick<
  ReusingMap<string, TreeNode>,
  'size' | 'get' | 'has' | 'keys' | 'values' | typeof Symbol.iterator
>;

export class Directory extends NodeBase {
  readonly kind = 'directory';
  readonly #children = new ReusingMap<string, TreeNode>();
  #fill: ((directory: Directory) => void) | undefined;
  /** Set on the root: hears of every change below. */
  onChange: ((change: TreeChange) => void) | undefined;
  /** On the root: how many changes there have been below. */
  generation = 0;
  #nextNumber = 2;

  constructor(options: NodeOptions = { mode: 0o755 }) {
    super(options);
  }

  get children(): Children {
    this.#fillNow();
    return this.#children;
  }

  /**
   * Leaves it to `fill` to put nodes in, once, when somebody first looks for any: most of sysfs is
   * never looked at.
   */
  fillLater(fill: (directory: Directory) => void): void {
    this.#fill = fill;
  }

  get inode(): Inode {
    return this.inodeOf(S_IFDIR, 0);
  }

  get(name: string): TreeNode | undefined {
    this.#fillNow();
    return this.#children.get(name);
  }

  /**
   * Puts a node into the directory.
   * @throws EEXIST when the name is taken
   */
  add<T extends TreeNode>(name: string, node: T): T {
    if (this.#children.has(name)) throw kernelError('EEXIST');
    const root = this.#root();
    node.name = name;
    node.parent = this;
    node.number = root.#nextNumber++;
    this.#children.set(name, node);
    root.generation += 1;
    root.onChange?.({ action: 'added', node, path: node.path });
    return node;
  }

  /** The subdirectory of this name, made if there is none. */
  directory(name: string, options?: NodeOptions): Directory {
    const found = this.get(name);
    if (found === undefined) return this.add(name, new Directory(options));
    if (found.kind !== 'directory') throw kernelError('ENOTDIR');
    return found;
  }

  /** The directory at a relative path of plain names, made as far as there is none. */
  directoryAt(path: string): Directory {
    let at: Directory = this;
    for (const name of path.split('/')) if (name !== '') at = at.directory(name);
    return at;
  }

  /** Takes a node out, with everything below it. Without such a node nothing happens. */
  remove(name: string): void {
    const node = this.#children.get(name);
    if (node === undefined) return;
    if (node.kind === 'directory') node.#empty();
    const { path } = node;
    this.#children.delete(name);
    const root = this.#root();
    root.generation += 1;
    root.onChange?.({ action: 'removed', node, path });
    node.name = path;
    node.parent = undefined;
  }

  #empty(): void {
    this.#fill = undefined;
    if (this.#children.size === 0) return;
    for (const child of [...this.#children.keys()]) this.remove(child);
  }

  #fillNow(): void {
    const fill = this.#fill;
    this.#fill = undefined;
    fill?.(this);
  }

  #root(): Directory {
    let at: Directory = this;
    while (at.parent !== undefined) at = at.parent;
    return at;
  }
}

export class SymbolicLink extends NodeBase {
  readonly kind = 'link';
  /** What `readlink` answers. */
  readonly target: string;

  constructor(target: string) {
    super({ mode: 0o777 });
    this.target = target;
  }

  get inode(): Inode {
    return this.inodeOf(S_IFLNK, 0);
  }
}

/** What a file of the tree does when opened. */
export interface FileSource {
  /** st_size in bytes. */
  readonly size: number;
  open(task: Task, flags: number): FileOperations;
  /** Whether writing has an effect, or reading may change while open: never served from a copy. */
  readonly isLive: boolean;
}

export class TreeFile extends NodeBase {
  readonly kind = 'file';
  readonly source: FileSource;

  constructor(options: NodeOptions, source: FileSource) {
    super(options);
    this.source = source;
  }

  get inode(): Inode {
    return this.inodeOf(S_IFREG, this.source.size);
  }
}

/** A character device's node in `/dev`. */
export class DeviceNode extends NodeBase {
  readonly kind = 'device';
  readonly major: number;
  readonly minor: number;
  #inode: Inode | undefined;

  constructor(options: NodeOptions, major: number, minor: number) {
    super(options);
    this.major = major;
    this.minor = minor;
  }

  get inode(): Inode {
    // Asked for by every open, and a node never moves.
    this.#inode ??= this.inodeOf(S_IFCHR, 0, makeDevice(this.major, this.minor));
    return this.#inode;
  }

  protected override metadataChanged(): void {
    this.#inode = undefined;
  }
}

/** The relative target a link in `from` needs to point to `to`, as sysfs writes its links. */
export function relativeTarget(from: Directory, to: TreeNode): string {
  const source = from.path.split('/').slice(1);
  const target = to.path.split('/').slice(1);
  // The target's own name always stands in the link, also when it is above (`kernfs_get_target_path`).
  const most = Math.min(source.length, target.length - 1);
  let shared = 0;
  while (shared < most && source[shared] === target[shared]) {
    shared += 1;
  }
  return [...source.slice(shared).map(() => '..'), ...target.slice(shared)].join('/');
}

/** Puts a link named `name` to `target` into `directory`. */
export function addLink(directory: Directory, name: string, target: TreeNode): SymbolicLink {
  return directory.add(name, new SymbolicLink(relativeTarget(directory, target)));
}
