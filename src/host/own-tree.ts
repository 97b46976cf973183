/**
 * Directories of uvfio's that programs of the same user can get hold of, and make unusable: what changes a
 * descriptor's mode is answered here, but another thread may put one of ours in its place just before it goes on.
 */
import { chmodSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Does something with a tree of directories; if that is denied, once more with all rights on them again. */
export function inOwnTree<Result>(directory: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
    regainAccess(directory);
    return work();
  }
}

/** Removes a tree of directories whatever their modes are. */
export function removeOwnTree(directory: string): void {
  inOwnTree(directory, () => rmSync(directory, { recursive: true, force: true }));
}

function regainAccess(directory: string): void {
  chmodSync(directory, 0o755);
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) regainAccess(join(directory, entry.name));
  }
}
