/** Files that no directory names: what a driver hands out by descriptor alone. */
import { O_RDWR } from '../uapi/file.js';
import { kernelError } from './error.js';
import { File, type FileOperations } from './file.js';
import type { Inode } from './inode.js';
import type { Kernel } from './kernel.js';
import type { Module } from './module.js';

/**
 * Opens a file, for reading and writing, on an inode without a name (`anon_inode_getfile`). It holds
 * a reference to the module that serves it.
 * @throws ENFILE by fault `anon_inode_getfile`; ENOENT when the module is going
 */
export function openAnonymousFile(
  kernel: Kernel,
  inode: Inode,
  operations: FileOperations,
  owner: Module,
): File {
  kernel.faults.check('anon_inode_getfile', 'ENFILE');
  if (!owner.tryGet()) throw kernelError('ENOENT');
  return kernel.opened(new File(inode, operations, O_RDWR, owner));
}
