// Writes cpio archives of the kind that Linux takes as initial file systems (`newc`; kernel,
// Documentation/driver-api/early-userspace/buffer-format.rst).

const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;
const S_IFLNK = 0o120000;

/** What is to be in an archive; all of it belongs to root. Folders come before what is in them. */
export type CpioEntry =
  | { readonly type: 'folder'; readonly name: string }
  | {
      readonly type: 'file';
      readonly name: string;
      readonly content: Uint8Array;
      readonly isExecutable?: boolean;
    }
  | { readonly type: 'link'; readonly name: string; readonly target: string };

/** The archive of some entries. */
export function writeCpio(entries: readonly CpioEntry[]): Buffer {
  const parts = entries.flatMap((entry, index) => partsOf(entry, index + 1));
  return Buffer.concat([...parts, ...record({ inode: 0, mode: 0, name: 'TRAILER!!!' })]);
}

function partsOf(entry: CpioEntry, inode: number): Buffer[] {
  const { name } = entry;
  switch (entry.type) {
    case 'folder':
      return record({ inode, mode: S_IFDIR | 0o755, name });
    case 'link':
      return record({ inode, mode: S_IFLNK | 0o777, name, content: Buffer.from(entry.target) });
    case 'file': {
      const mode = S_IFREG | (entry.isExecutable === true ? 0o755 : 0o644);
      return record({ inode, mode, name, content: entry.content });
    }
  }
}

interface Member {
  readonly inode: number;
  readonly mode: number;
  readonly name: string;
  readonly content?: Uint8Array;
}

/** Header and name, then content, each filled up to a multiple of four bytes. */
function record({ inode, mode, name, content = new Uint8Array(0) }: Member): Buffer[] {
  const links = 1;
  const [owner, group, time, device, checksum] = [0, 0, 0, 0, 0];
  const fields = [
    ...[inode, mode, owner, group, links, time, content.length],
    ...[device, device, device, device, name.length + 1, checksum],
  ];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  return [padded(Buffer.from(`${header}${name}\0`, 'latin1')), padded(content)];
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}
