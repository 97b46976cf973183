/** Names of the ABI's constants, from the ABI itself. */
import { Errno } from '../../uapi/errno.js';
import * as file from '../../uapi/file.js';
import * as spapr from '../../uapi/vfio-spapr.js';
import * as vfio from '../../uapi/vfio.js';
import { hex } from './quantities.js';

const constants = Object.entries({ ...vfio, ...file }).filter(
  (entry): entry is [string, number] => typeof entry[1] === 'number',
);

/** The flags of one field: single bits, by value. */
function bitsOf(prefix: string): readonly (readonly [bit: number, name: string])[] {
  return constants
    .filter(([name, value]) => name.startsWith(prefix) && isSingleBit(value))
    .map(([name, value]) => [value, name.slice(prefix.length)]);
}

const isSingleBit = (value: number): boolean => value > 0 && (value & (value - 1)) === 0;

const bitsByPrefix = new Map<string, ReturnType<typeof bitsOf>>();

/** `READ|WRITE` of flags whose names begin with a prefix; what has no name as a number. */
export function flagNames(value: number, prefix: string): string {
  let bits = bitsByPrefix.get(prefix);
  if (bits === undefined) {
    bits = bitsOf(prefix);
    bitsByPrefix.set(prefix, bits);
  }
  let rest = value;
  const names: string[] = [];
  for (const [bit, name] of bits) {
    if ((rest & bit) === 0) continue;
    names.push(name);
    rest &= ~bit;
  }
  if (rest !== 0) names.push(hex(rest >>> 0));
  return names.join('|') || '0';
}

const IOMMU_TYPES = constants.filter(([name]) =>
  /^VFIO_(.*_IOMMU|EEH|UNMAP_ALL|UPDATE_VADDR)$/.test(name),
);

/** What CHECK_EXTENSION and SET_IOMMU take. */
export function extensionName(value: number): string {
  return nameIn(IOMMU_TYPES, value);
}

const IRQ_INDEXES = constants.filter(([name]) => /^VFIO_PCI_.*_IRQ_INDEX$/.test(name));

/** INTX, MSI, MSIX, ERR, REQ. */
export function irqIndexName(index: number): string {
  return nameIn(IRQ_INDEXES, index).replace(/^VFIO_PCI_|_IRQ_INDEX$/g, '');
}

const FEATURES = constants.filter(
  ([name, value]) =>
    name.startsWith('VFIO_DEVICE_FEATURE_') && value < vfio.VFIO_DEVICE_FEATURE_MASK,
);

/** What VFIO_DEVICE_FEATURE is about: MIGRATION, LOW_POWER_ENTRY. */
export function featureName(feature: number): string {
  return nameIn(FEATURES, feature).replace(/^VFIO_DEVICE_FEATURE_/, '');
}

const EEH_OPERATIONS = Object.entries(spapr).filter(
  (entry): entry is [string, number] =>
    /^VFIO_EEH_PE_(?!OP|STATE)/.test(entry[0]) && typeof entry[1] === 'number',
);

/** What VFIO_EEH_PE_OP does: DISABLE, GET_STATE. */
export function eehOperationName(operation: number): string {
  return nameIn(EEH_OPERATIONS, operation).replace(/^VFIO_EEH_PE_/, '');
}

/** BAR0 to BAR5, ROM, CONFIG, VGA. */
export function regionName(index: number): string {
  if (index >= 0 && index <= vfio.VFIO_PCI_BAR5_REGION_INDEX) return `BAR${index}`;
  const others = new Map<number, string>([
    [vfio.VFIO_PCI_ROM_REGION_INDEX, 'ROM'],
    [vfio.VFIO_PCI_CONFIG_REGION_INDEX, 'CONFIG'],
    [vfio.VFIO_PCI_VGA_REGION_INDEX, 'VGA'],
  ]);
  return others.get(index) ?? `region ${index}`;
}

function nameIn(names: readonly (readonly [string, number])[], value: number): string {
  return names.find(([, known]) => known === value)?.[0] ?? String(value);
}

const ERRORS: Readonly<Record<string, string>> = {
  EPERM: 'Operation not permitted',
  ENOENT: 'No such file or directory',
  EINTR: 'Interrupted system call',
  EIO: 'Input/output error',
  ENXIO: 'No such device or address',
  E2BIG: 'Argument list too long',
  EBADF: 'Bad file descriptor',
  EAGAIN: 'Resource temporarily unavailable',
  ENOMEM: 'Cannot allocate memory',
  EACCES: 'Permission denied',
  EFAULT: 'Bad address',
  EBUSY: 'Device or resource busy',
  EEXIST: 'File exists',
  ENODEV: 'No such device',
  ENOTDIR: 'Not a directory',
  EISDIR: 'Is a directory',
  EINVAL: 'Invalid argument',
  ENFILE: 'Too many open files in system',
  EMFILE: 'Too many open files',
  ENOTTY: 'Inappropriate ioctl for device',
  ENOSPC: 'No space left on device',
  ESPIPE: 'Illegal seek',
  ERANGE: 'Numerical result out of range',
  ELOOP: 'Too many levels of symbolic links',
};

const errorNames = new Map<number, string>(
  Object.entries(Errno).map(([name, number]) => [number, name]),
);

/** The name of an error, by its number of either sign. */
export function errorName(errno: number): string {
  const number = Math.abs(errno);
  return errorNames.get(number) ?? `E${number}`;
}

/** `-1 EINVAL (Invalid argument)`, or the number itself. */
export function resultText(result: number): string {
  if (result >= 0) return String(result);
  const name = errorName(result);
  const meaning = ERRORS[name];
  return meaning === undefined ? `-1 ${name}` : `-1 ${name} (${meaning})`;
}

/** `O_RDWR|O_CLOEXEC` */
export function openFlags(flags: number): string {
  const access = ['O_RDONLY', 'O_WRONLY', 'O_RDWR'][flags & file.O_ACCMODE] ?? 'O_ACCMODE';
  const rest = flags & ~file.O_ACCMODE & ~O_LARGEFILE;
  return rest === 0
    ? access
    : `${access}|${flagNames(rest, 'O_').replace(/(^|\|)(?=\D)/g, '$1O_')}`;
}

/** The 64-bit ABI always has it. */
const O_LARGEFILE = 0o100000;

const CONTROL_COMMANDS = new Map<number, string>([
  [file.F_DUPFD, 'F_DUPFD'],
  [file.F_GETFD, 'F_GETFD'],
  [file.F_SETFD, 'F_SETFD'],
  [file.F_GETFL, 'F_GETFL'],
  [file.F_SETFL, 'F_SETFL'],
  [file.F_DUPFD_CLOEXEC, 'F_DUPFD_CLOEXEC'],
]);

/** What `fcntl` is asked for: `F_DUPFD_CLOEXEC, 10`. */
export function controlText(command: number, argument: number): string {
  const name = CONTROL_COMMANDS.get(command) ?? String(command);
  switch (command) {
    case file.F_DUPFD:
    case file.F_DUPFD_CLOEXEC:
      return `${name}, ${argument}`;
    case file.F_SETFD:
      return `${name}, ${argument === file.FD_CLOEXEC ? 'FD_CLOEXEC' : argument}`;
    case file.F_SETFL:
      return `${name}, ${openFlags(argument)}`;
    default:
      return name;
  }
}

/** Of `dup3`. */
export function duplicationFlags(flags: number): string {
  return flags === file.O_CLOEXEC ? 'O_CLOEXEC' : String(flags);
}

/** Of `close_range`. */
export function closeRangeFlags(flags: number): string {
  return flagNames(flags, 'CLOSE_RANGE_').replace(/(^|\|)(?=\D)/g, '$1CLOSE_RANGE_');
}

/** Of `access`: `R_OK|W_OK`. */
export function accessMode(mode: number): string {
  if (mode === file.F_OK) return 'F_OK';
  const names = [
    [file.R_OK, 'R_OK'],
    [file.W_OK, 'W_OK'],
    [file.X_OK, 'X_OK'],
  ] as const;
  return names.flatMap(([bit, name]) => ((mode & bit) === 0 ? [] : [name])).join('|') || hex(mode);
}

/** `PROT_READ|PROT_WRITE` */
export function protectionText(protection: number): string {
  if (protection === 0) return 'PROT_NONE';
  return flagNames(protection, 'PROT_').replace(/(^|\|)(?=\D)/g, '$1PROT_');
}

/** Where `lseek` counts from. */
export function whenceText(whence: number): string {
  return WHENCES[whence] ?? String(whence);
}

const WHENCES = ['SEEK_SET', 'SEEK_CUR', 'SEEK_END'];
