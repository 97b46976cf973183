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

/** Who answers requests to a file: a container's are, in part, its IOMMU's. */
export type Responder = FileKind | 'spapr';

const PREFIXES: Readonly<Record<Responder, RegExp>> = {
  container: /^VFIO_(GET_API_VERSION|CHECK_EXTENSION|SET_IOMMU|IOMMU_[A-Z_]+)$/,
  spapr:
    /^VFIO_(GET_API_VERSION|CHECK_EXTENSION|SET_IOMMU|IOMMU_(SPAPR_[A-Z_]+|(UN)?MAP_DMA|ENABLE|DISABLE)|EEH_PE_OP)$/,
  group: /^VFIO_GROUP_(GET|SET|UNSET)_[A-Z_]+$/,
  device: /^VFIO_DEVICE_(GET_[A-Z_]+|SET_IRQS|RESET|PCI_HOT_RESET|IOEVENTFD|FEATURE)$/,
  other: /^$/,
};

const requests = Object.entries({ ...vfio, ...spapr }).filter(
  (entry): entry is [string, number] => typeof entry[1] === 'number' && isRequest(entry[1]),
);

function namesFor(responder: Responder): ReadonlyMap<number, string> {
  const named = requests.filter(([name]) => PREFIXES[responder].test(name));
  // Of two names for a number, that of type1 comes last and stays.
  const ofSpapr = named.filter(([name]) => name.includes('SPAPR'));
  const others = named.filter(([name]) => !name.includes('SPAPR'));
  return new Map([...ofSpapr, ...others].map(([name, value]) => [value, name]));
}

const names: ReadonlyMap<Responder, ReadonlyMap<number, string>> = new Map(
  (['container', 'spapr', 'group', 'device', 'other'] as const).map((responder) => [
    responder,
    namesFor(responder),
  ]),
);

/** `_IOC_TYPE` of VFIO. */
function isRequest(value: number): boolean {
  return value >>> 8 === 0x3b;
}

/** The name of a request to a responder; its number when it has none. */
export function requestName(responder: Responder, command: number): string {
  return names.get(responder)?.get(command) ?? hex(command);
}
