// Guests that see the files of this computer, at the same paths: its programs run there, under another kernel.
// QEMU hands the files over (9P), for reading only; what a guest writes lies above them, in the guest's memory
// (overlayfs). A file that comes or changes here while a guest runs may look there as it was before.

/** Modules for the guest's kernel. */
export const HOST_FILE_MODULES = ['virtio_pci', '9pnet_virtio', '9p', 'overlay'] as const;

/** Arguments of QEMU. */
export const HOST_FILE_ARGS = [
  // The tree has several file systems, whose inode numbers may be the same.
  ...['-fsdev', 'local,id=host,path=/,security_model=none,readonly=on,multidevs=remap'],
  ...['-device', 'virtio-9p-pci,fsdev=host,mount_tag=host'],
] as const;

/** The folder where a guest has the files, and what they are put together from. */
const ROOT = '/host';
const LOWER = '/host-read-only';
const UPPER = '/host-changes';

/** A script for the guest that makes the files available. */
export const MOUNT_HOST_FILES = `set -e
  for module in ${HOST_FILE_MODULES.join(' ')}; do modprobe $module; done
  mkdir ${ROOT} ${LOWER} ${UPPER}
  mount -t 9p -o trans=virtio,version=9p2000.L,cache=loose,msize=512000,ro host ${LOWER}
  mount -t tmpfs changes ${UPPER}
  mkdir ${UPPER}/files ${UPPER}/work
  mount -t overlay -o lowerdir=${LOWER},upperdir=${UPPER}/files,workdir=${UPPER}/work host ${ROOT}
  mount -t proc proc ${ROOT}/proc
  mount -t sysfs sysfs ${ROOT}/sys
  mount -t devtmpfs dev ${ROOT}/dev
  mkdir -p ${ROOT}/dev/shm
  mount -t tmpfs shm ${ROOT}/dev/shm`;

/** A script for the guest that runs a command of this computer in the folder where this process is. */
export function onHostFiles(command: readonly string[]): string {
  const words = ['cd "$0" && exec "$@"', process.cwd(), ...command].map(quoted);
  return `chroot ${ROOT} /bin/sh -c ${words.join(' ')}`;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
