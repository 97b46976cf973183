/** VFIO_DEVICE_GET_REGION_INFO. */
import { kernelError } from '../kernel/error.js';
import type { Task } from '../kernel/task.js';
import { copyFromUser, copyToUser } from '../kernel/user-memory.js';
import type { BarArea } from '../pci/bar.js';
import * as vfio from '../uapi/vfio.js';
import { type InfoCapability, encodeCapabilities } from './capability-chain.js';
import { isBarMappable } from './region.js';
import { romImageSize } from './rom.js';
import type { Session } from './session.js';
import { VGA_REGION_SIZE } from './vga.js';

const Info = vfio.RegionInfo;
const READ_WRITE = vfio.VFIO_REGION_INFO_FLAG_READ | vfio.VFIO_REGION_INFO_FLAG_WRITE;

/** What is said of one region. */
interface RegionDescription {
  readonly flags: number;
  /** Bytes; 0: absent. */
  readonly size: number;
  readonly capabilities?: readonly InfoCapability[];
}

const ABSENT: RegionDescription = { flags: 0, size: 0 };

/**
 * Capabilities are given to those whose `argsz` has room; others learn how much there has to be.
 * @throws EFAULT; EINVAL for a short `argsz`, an unknown index, VGA on what is no VGA device
 */
export function getRegionInfo(session: Session, task: Task, argument: number): number {
  const { kernel } = session;
  const view = Info.create();
  const bytes = new Uint8Array(view.buffer);
  copyFromUser(kernel, task, argument, bytes);
  const { argsz, index } = Info.decode(view);
  if (argsz < Info.size) throw kernelError('EINVAL');
  const { flags, size, capabilities = [] } = describe(session, index);
  const offset = BigInt(vfio.regionOffset(index));
  Info.encode(view, { flags, size: BigInt(size), offset });
  if (capabilities.length > 0) {
    const chain = encodeCapabilities(capabilities, Info.size);
    const needed = Info.size + chain.length;
    const hasRoom = argsz >= needed;
    if (hasRoom) copyToUser(kernel, task, argument + Info.size, chain);
    Info.encode(view, {
      argsz: hasRoom ? argsz : needed,
      flags: flags | vfio.VFIO_REGION_INFO_FLAG_CAPS,
      capOffset: hasRoom ? Info.size : 0,
    });
  }
  copyToUser(kernel, task, argument, bytes);
  return 0;
}

function describe(session: Session, index: number): RegionDescription {
  const { pci, config } = session;
  if (index <= vfio.VFIO_PCI_BAR5_REGION_INDEX) return describeBar(session, index);
  switch (index) {
    case vfio.VFIO_PCI_ROM_REGION_INDEX:
      // A BAR without a readable image behind it is no ROM.
      if (pci.rom === undefined || romImageSize(pci.rom.image) === 0) return ABSENT;
      return { flags: vfio.VFIO_REGION_INFO_FLAG_READ, size: pci.rom.size };
    case vfio.VFIO_PCI_CONFIG_REGION_INDEX:
      return { flags: READ_WRITE, size: config.size };
    case vfio.VFIO_PCI_VGA_REGION_INDEX:
      if (!pci.isVga) throw kernelError('EINVAL');
      return { flags: READ_WRITE, size: VGA_REGION_SIZE };
    default:
      throw kernelError('EINVAL');
  }
}

function describeBar({ pci, msixTable }: Session, index: number): RegionDescription {
  const bar = pci.bars[index];
  if (bar === undefined) return ABSENT;
  if (!isBarMappable(pci, bar)) return { flags: READ_WRITE, size: bar.size };
  const capabilities = msixTable?.bar === index ? [MSIX_MAPPABLE] : [];
  if (bar.mappableAreas !== undefined) capabilities.push(sparseMmap(bar.mappableAreas));
  return { flags: READ_WRITE | vfio.VFIO_REGION_INFO_FLAG_MMAP, size: bar.size, capabilities };
}

/** Users are to map these parts. */
function sparseMmap(areas: readonly BarArea[]): InfoCapability {
  const { RegionSparseMmap: Header, RegionSparseMmapArea: Area } = vfio;
  const body = new DataView(new ArrayBuffer(Header.size + areas.length * Area.size));
  Header.encode(body, { areaCount: areas.length });
  areas.forEach(({ offset, size }, index) => {
    const at = Header.size + index * Area.size;
    Area.encode(body, { offset: BigInt(offset), size: BigInt(size) }, at);
  });
  const id = vfio.VFIO_REGION_INFO_CAP_SPARSE_MMAP;
  return { id, version: 1, body: new Uint8Array(body.buffer) };
}

/** Users may map the whole BAR, although the MSI-X table is in it. */
const MSIX_MAPPABLE: InfoCapability = {
  id: vfio.VFIO_REGION_INFO_CAP_MSIX_MAPPABLE,
  version: 1,
  body: new Uint8Array(0),
};
