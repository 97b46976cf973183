/** Walking a path through the tree, as `path_lookup` does: links followed, `..` physical, limits kept. */
import { O_CREAT, O_NOFOLLOW, PATH_MAX, S_IFDIR, S_IFMT, X_OK } from '../uapi/file.js';
import { KernelError, kernelError } from './error.js';
import type { Inode } from './inode.js';
import { type Credentials, isInGroup } from './task.js';
import type { Directory, TreeNode } from './tree.js';

/** Links followed in one walk, as Linux allows. */
const MAXIMUM_LINKS = 40;

/**
 * The node at an absolute path.
 * @throws ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG
 */
export function walk(root: Directory, path: string, followLast: boolean): TreeNode {
  const cache = cacheOf(root);
  const known = followLast ? cache.following : cache.notFollowing;
  const found = known.get(path);
  if (found !== undefined) return found;
  const node = walkTree(root, path, followLast);
  if (known.size >= CACHE_LIMIT) known.clear();
  // Looking into directories may have filled some, so the tree may have changed meanwhile.
  if (cache.generation === root.generation) known.set(path, node);
  return node;
}

/**
 * The node that `open(2)` is asked for. Files can't be made in this tree, as in sysfs.
 * @throws as `walk`, and EACCES where O_CREAT asks for one that is not there
 */
export function walkToOpen(root: Directory, path: string, flags: number): TreeNode {
  try {
    return walk(root, path, (flags & O_NOFOLLOW) === 0);
  } catch (error) {
    const isMissing = error instanceof KernelError && error.code === 'ENOENT';
    if (!isMissing || (flags & O_CREAT) === 0) throw error;
    walk(root, path.slice(0, path.lastIndexOf('/') + 1), true);
    throw kernelError('EACCES');
  }
}

/** What paths led to, as long as the tree has not changed since (the dentry cache). */
interface PathCache {
  generation: number;
  readonly following: Map<string, TreeNode>;
  readonly notFollowing: Map<string, TreeNode>;
}

/** Paths remembered, of each kind. */
const CACHE_LIMIT = 1024;
const caches = new WeakMap<Directory, PathCache>();

function cacheOf(root: Directory): PathCache {
  let cache = caches.get(root);
  if (cache === undefined) {
    cache = { generation: root.generation, following: new Map(), notFollowing: new Map() };
    caches.set(root, cache);
  } else if (cache.generation !== root.generation) {
    cache.generation = root.generation;
    cache.following.clear();
    cache.notFollowing.clear();
  }
  return cache;
}

function walkTree(root: Directory, path: string, followLast: boolean): TreeNode {
  if (path.length >= PATH_MAX) throw kernelError('ENAMETOOLONG');
  if (path === '') throw kernelError('ENOENT');
  const pending = path.split('/').reverse();
  const mustBeDirectory = path.endsWith('/');
  let at: TreeNode = root;
  let links = 0;
  while (pending.length > 0) {
    const name = pending.pop() as string;
    if (at.kind !== 'directory') {
      if (name === '' && pending.every((rest) => rest === '') && !mustBeDirectory) break;
      throw kernelError('ENOTDIR');
    }
    if (name === '' || name === '.') continue;
    if (name === '..') {
      at = at.parent ?? at;
      continue;
    }
    const next: TreeNode | undefined = at.get(name);
    if (next === undefined) throw kernelError('ENOENT');
    const isLast = pending.length === 0;
    if (next.kind === 'link' && (!isLast || followLast)) {
      links += 1;
      if (links > MAXIMUM_LINKS) throw kernelError('ELOOP');
      if (next.target.startsWith('/')) at = root;
      pending.push(...next.target.split('/').reverse());
      continue;
    }
    at = next;
  }
  return at;
}

/**
 * Checks permission bits of an inode for someone (R_OK, W_OK, X_OK combined).
 * @throws EACCES
 */
export function checkPermission(inode: Inode, who: Credentials, wanted: number): void {
  if (who.dacOverride) {
    // Nobody may execute what nobody is to execute.
    const isExecutable = (inode.mode & 0o111) !== 0 || isType(inode, S_IFDIR);
    if ((wanted & X_OK) !== 0 && !isExecutable) throw kernelError('EACCES');
    return;
  }
  const shift = who.uid === inode.uid ? 6 : isInGroup(who, inode.gid) ? 3 : 0;
  if (((inode.mode >> shift) & wanted) !== wanted) throw kernelError('EACCES');
}

/** Whether an inode is of a type (`S_IFDIR`, …). */
export function isType(inode: Inode, type: number): boolean {
  return (inode.mode & S_IFMT) === type;
}
