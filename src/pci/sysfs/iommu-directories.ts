/** IOMMUs and their groups: `/sys/class/iommu`, `/sys/kernel/iommu_groups/N`. */
import type { IommuGroup } from '../../iommu/iommu-group.js';
import type { Iommu, ReservedRegion } from '../../iommu/iommu.js';
import { kernelError } from '../../kernel/error.js';
import { addPowerDirectory } from '../../kernel/power-sysfs.js';
import { addAttribute } from '../../kernel/sysfs.js';
import { type Directory, addLink } from '../../kernel/tree.js';
import { storeUevent } from '../../kernel/uevent.js';
import { pciFunctionOf } from '../function.js';
import { hex } from '../pci-address.js';
import { word } from './text.js';

/** An ISA bridge, behind which DMA reaches the low 16 MiB. */
const PCI_CLASS_BRIDGE_ISA = 0x0601;
const ISA_REGION: ReservedRegion = { start: 0n, end: 0xff_ffffn, type: 'direct-relaxable' };

/** What a group reserves beside what its IOMMU does. */
export function isaRegions(group: IommuGroup): ReservedRegion[] {
  for (const device of group.devices) {
    const member = pciFunctionOf(device);
    if (member !== undefined && member.class >>> 8 === PCI_CLASS_BRIDGE_ISA) return [ISA_REGION];
  }
  return [];
}

/** By address; of one type, what overlaps or touches is one (`iommu_insert_resv_region`). */
function merged(regions: readonly ReservedRegion[]): ReservedRegion[] {
  const whole: ReservedRegion[] = [];
  for (const region of [...regions].sort((a, b) => Number(a.start - b.start))) {
    const at = whole.findLastIndex(({ type }) => type === region.type);
    const before = whole[at];
    if (before === undefined || region.start > before.end + 1n) whole.push(region);
    else if (region.end > before.end) whole[at] = { ...before, end: region.end };
  }
  return whole;
}

/** The kinds of domain that a group of ordinary drivers can be given. */
const GROUP_TYPES = ['DMA', 'DMA-FQ', 'identity', 'auto'];

/** Fills the directory of a group. */
export function fillGroupDirectory(
  directory: Directory,
  regions: () => readonly ReservedRegion[],
): void {
  let type = 'DMA-FQ';
  directory.directory('devices');
  addAttribute(directory, 'reserved_regions', {
    show: () =>
      merged(regions())
        .map(({ start, end, type: kind }) => `0x${hex(start, 16)} 0x${hex(end, 16)} ${kind}\n`)
        .join(''),
    isVolatile: true,
  });
  addAttribute(directory, 'type', {
    mode: 0o644,
    show: () => `${type}\n`,
    store: (text) => {
      const wanted = word(text);
      if (!GROUP_TYPES.includes(wanted)) throw kernelError('EINVAL');
      type = wanted === 'auto' ? 'DMA-FQ' : wanted;
    },
  });
}

/**
 * Shows an IOMMU: as the device it is, and in its class.
 * @param domainCount how many domains are in use
 */
export function addIommu(root: Directory, iommu: Iommu, domainCount: () => number): void {
  const iommuClass = root.directoryAt('sys/class/iommu');
  const directory = root.directoryAt(`sys/devices/virtual/iommu/${iommu.name}`);
  directory.directory('devices');
  addPowerDirectory(directory);
  addLink(directory, 'subsystem', iommuClass);
  addLink(iommuClass, iommu.name, directory);
  addAttribute(directory, 'uevent', { show: () => '', store: storeUevent });
  if (iommu.name.startsWith('dmar')) {
    addIntelRegisters(directory.directory('intel-iommu'), iommu, domainCount);
  }
}

/** Where the width of addresses stands in the capability register (Intel VT-d 3.0 §10.4.2: MGAW). */
const MGAW_SHIFT = 16n;
/** The rest of that register, and of the extended one: 48-bit second level, 2 MiB and 1 GiB pages. */
const CAPABILITIES = 0x00d2_008c_2220_0206n;
const EXTENDED_CAPABILITIES = 0xf00f42n;
/** Interrupts are remapped (§10.4.3: IR). */
const INTERRUPT_REMAPPING = 0x8n;

/** What tools read of Intel's IOMMUs; DPDK takes the width of its addresses from `cap`. */
function addIntelRegisters(directory: Directory, iommu: Iommu, domainCount: () => number): void {
  const capabilities = CAPABILITIES | (BigInt(iommu.addressBits - 1) << MGAW_SHIFT);
  const extended = EXTENDED_CAPABILITIES | (iommu.hasInterruptRemapping ? INTERRUPT_REMAPPING : 0n);
  addAttribute(directory, 'address', { show: () => 'fed90000\n' });
  addAttribute(directory, 'cap', { show: () => `${hex(capabilities, 1)}\n` });
  addAttribute(directory, 'domains_supported', { show: () => '65536\n' });
  addAttribute(directory, 'domains_used', { show: () => `${domainCount()}\n`, isVolatile: true });
  addAttribute(directory, 'ecap', { show: () => `${hex(extended, 1)}\n` });
  addAttribute(directory, 'version', { show: () => '1:0\n' });
}
