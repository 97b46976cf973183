/** Where faults can be: system calls by name, points of the kernel, and devices. */
import type { SystemCall } from '../../kernel/diagnostics.js';
import * as spapr from '../../uapi/vfio-spapr.js';
import * as vfio from '../../uapi/vfio.js';
import { ContainerFile, DeviceFile, GroupFile } from '../../vfio/index.js';

/** What can be done at a kind of place. */
export type FaultAction = 'errno' | 'delay' | 'fault' | 'lost' | 'spurious' | 'stuck' | 'gone';

export interface FaultPoint {
  readonly name: string;
  /** One line for people. */
  readonly summary: string;
  readonly kind: 'call' | 'kernel' | 'device';
  readonly actions: readonly FaultAction[];
  /** Of the kernel: its own name for the point, and the error it fails with. */
  readonly kernelName?: string;
}

type RequestTarget = 'container' | 'group' | 'device';

/** Requests by what they are made of, and their names without `VFIO_`, in lower case. */
const REQUESTS: Readonly<Record<RequestTarget, RegExp>> = {
  container: /^VFIO_(GET_API_VERSION|CHECK_EXTENSION|SET_IOMMU|IOMMU_\w+|EEH_PE_OP)$/,
  group: /^VFIO_GROUP_((GET|SET|UNSET)_\w+)$/,
  device: /^VFIO_DEVICE_(GET_\w+|SET_IRQS|RESET|PCI_HOT_RESET|IOEVENTFD|FEATURE)$/,
};

/** `_IOC_TYPE` of VFIO. */
const VFIO_TYPE = 0x3b;

const requestNames = new Map<RequestTarget, Map<number, string>>();
for (const target of ['container', 'group', 'device'] as const) {
  const byNumber = new Map<number, string>();
  // Where type1 and sPAPR share a number, type1's name is the one that people know.
  for (const [name, value] of Object.entries({ ...spapr, ...vfio })) {
    const isRequest = typeof value === 'number' && value >>> 8 === VFIO_TYPE;
    if (isRequest && REQUESTS[target].test(name)) byNumber.set(value, shortName(name));
  }
  requestNames.set(target, byNumber);
}

/** `VFIO_IOMMU_MAP_DMA` → `map_dma`; those of two kinds of files that would be alike stay longer. */
function shortName(name: string): string {
  const long = name.replace(/^VFIO_/, '').toLowerCase();
  const short = long.replace(/^(group|device|iommu)_/, '');
  return short === 'get_info' ? long : short;
}

/** Calls that are not requests: of files of VFIO only. */
const PLAIN_CALLS: Readonly<Record<string, string>> = {
  open: 'open of /dev/vfio/vfio or /dev/vfio/N',
  read: 'read or pread of a device: registers, configuration space',
  write: 'write or pwrite of a device',
  mmap: 'mmap of a BAR',
};

/** A file is made, a path walked: no promise can be waited for there. */
const IMMEDIATE = ['open', 'mmap'];

const KERNEL_POINTS: readonly (readonly [name: string, kernelName: string, summary: string])[] = [
  ['alloc', 'kzalloc', 'an allocation of the kernel (ENOMEM)'],
  ['copy_from_user', 'copy_from_user', 'reading the caller’s memory (EFAULT)'],
  ['copy_to_user', 'copy_to_user', 'writing the caller’s memory (EFAULT)'],
  ['get_user', 'get_user', 'reading a word of the caller’s (EFAULT)'],
  ['strndup_user', 'strndup_user', 'copying a name from the caller (ENOMEM)'],
  ['get_unused_fd', 'get_unused_fd_flags', 'a number for a new descriptor (EMFILE)'],
  ['new_file', 'anon_inode_getfile', 'the file of a device (ENFILE)'],
  ['new_group', 'idr_alloc', 'a number for a new group (ENOSPC)'],
  ['create_node', 'device_create', 'a node in /dev (ENOMEM)'],
];

const DEVICE_POINTS: readonly FaultPoint[] = [
  { name: 'dma', summary: 'any DMA of a device', kind: 'device', actions: ['fault'] },
  { name: 'dma_read', summary: 'a read of memory by a device', kind: 'device', actions: ['fault'] },
  { name: 'dma_write', summary: 'a write to memory', kind: 'device', actions: ['fault'] },
  {
    name: 'irq',
    summary: 'an interrupt: lost, twice (spurious), or late',
    kind: 'device',
    actions: ['lost', 'spurious', 'delay'],
  },
  {
    name: 'register',
    summary: 'a register of a BAR that always reads the same (offset=…, bar=…)',
    kind: 'device',
    actions: ['stuck'],
  },
  {
    name: 'device',
    summary:
      'the device itself, pulled out after so many operations (register accesses, DMA, interrupts)',
    kind: 'device',
    actions: ['gone'],
  },
];

/** Every point there is, by name. */
export const FAULT_POINTS: ReadonlyMap<string, FaultPoint> = new Map(
  [
    ...Object.entries(PLAIN_CALLS).map(([name, summary]) => callPoint(name, summary)),
    ...[...requestNames].flatMap(([target, names]) =>
      [...names.values()].map((name) => callPoint(name, `ioctl of a ${target}`)),
    ),
    ...KERNEL_POINTS.map(
      ([name, kernelName, summary]): FaultPoint => ({
        name,
        kernelName,
        summary,
        kind: 'kernel',
        actions: ['errno'],
      }),
    ),
    ...DEVICE_POINTS,
  ].map((point) => [point.name, point]),
);

function callPoint(name: string, summary: string): FaultPoint {
  const actions: FaultAction[] = IMMEDIATE.includes(name) ? ['errno'] : ['errno', 'delay'];
  return { name, summary, kind: 'call', actions };
}

/** The name of a call as faults name it; undefined for what is none of VFIO's. */
export function callName(call: SystemCall): string | undefined {
  switch (call.name) {
    case 'open':
      return call.path.startsWith('/dev/vfio/') ? 'open' : undefined;
    case 'close':
    case 'lseek':
    case 'chmod':
    case 'chown':
      return undefined;
    case 'ioctl': {
      const target = targetOf(call.file.operations);
      return target === undefined ? undefined : requestNames.get(target)?.get(call.command);
    }
    default:
      return call.file.operations instanceof DeviceFile ? call.name : undefined;
  }
}

/** The device that a call is made on, by name; undefined for other calls. */
export function deviceOfCall(call: SystemCall): string | undefined {
  if (!('file' in call)) return undefined;
  const { operations } = call.file;
  return operations instanceof DeviceFile ? operations.device.device.name : undefined;
}

function targetOf(operations: object): RequestTarget | undefined {
  if (operations instanceof ContainerFile) return 'container';
  if (operations instanceof GroupFile) return 'group';
  return operations instanceof DeviceFile ? 'device' : undefined;
}
