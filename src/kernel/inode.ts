/** What a file is, apart from any opening of it: type, permissions, owner, number. */

/** Metadata that `stat` shows. */
export interface Inode {
  /** S_IF… type bits and permissions. 0 type bits: an anonymous inode. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** st_ino. */
  readonly number: number;
  /** st_size in bytes. */
  readonly size: number;
  /** st_rdev of a device node. */
  readonly rdev: number;
  /** What `/proc/self/fd/N` links to: a path, or `anon_inode:[name]`. */
  readonly label: string;
}

/** An inode without a name in any directory (`anon_inode_getfile`): read-write by its owner, no type. */
export function anonymousInode(name: string): Inode {
  return {
    mode: 0o600,
    uid: 0,
    gid: 0,
    number: 1,
    size: 0,
    rdev: 0,
    label: `anon_inode:${name}`,
  };
}
