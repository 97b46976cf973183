/** Names of requests. Some numbers mean other things on containers, groups and devices. */
import * as spapr from '../../uapi/vfio-spapr.js';
import * as vfio from '../../uapi/vfio.js';
import { hex } from './quantities.js';

/** What an open file of VFIO is. */
export type FileKind = 'container' | 'group' | 'device' | 'other';

export function fileKind(label: string): FileKind {
  if (label === '/dev/vfio/vfio') return 'container';
  if (/^\/dev\/vfio\/(noiommu-)?\d+$/.test(label)) return 'group';
  return label === 'anon_inode:[vfio-device]' ? 'device' : 'other';
}

const PREFIXES: Readonly<Record<FileKind, RegExp>> = {
  container: /^VFIO_(GET_API_VERSION|CHECK_EXTENSION|SET_IOMMU|IOMMU_[A-Z_]+)$/,
  group: /^VFIO_GROUP_(GET|SET|UNSET)_[A-Z_]+$/,
  device: /^VFIO_DEVICE_(GET_[A-Z_]+|SET_IRQS|RESET|PCI_HOT_RESET|IOEVENTFD|FEATURE)$/,
  other: /^$/,
};

const names = new Map<FileKind, ReadonlyMap<number, string>>(
  (['container', 'group', 'device', 'other'] as const).map((kind) => [
    kind,
    new Map(
      Object.entries(kind === 'container' ? { ...spapr, ...vfio } : vfio).flatMap(
        ([name, value]) =>
          typeof value === 'number' && isRequest(value) && PREFIXES[kind].test(name)
            ? [[value, name] as const]
            : [],
      ),
    ),
  ]),
);

/** `_IOC_TYPE` of VFIO. */
function isRequest(value: number): boolean {
  return value >>> 8 === 0x3b;
}

/** The name of a request on a kind of file; its number when it has none. */
export function requestName(kind: FileKind, command: number): string {
  return names.get(kind)?.get(command) ?? hex(command);
}
