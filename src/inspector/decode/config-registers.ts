/** Names of registers in configuration space: the header's, and those of capabilities, by where they lie. */
import * as regs from '../../uapi/pci-regs.js';

/** Of a header of type 0 (PCI 3.0 §6.1), without the BARs. */
const HEADER: readonly (readonly [offset: number, name: string])[] = [
  [regs.PCI_VENDOR_ID, 'PCI_VENDOR_ID'],
  [regs.PCI_DEVICE_ID, 'PCI_DEVICE_ID'],
  [regs.PCI_COMMAND, 'PCI_COMMAND'],
  [regs.PCI_STATUS, 'PCI_STATUS'],
  [regs.PCI_REVISION_ID, 'PCI_REVISION_ID'],
  [regs.PCI_CLASS_PROG, 'PCI_CLASS_PROG'],
  [regs.PCI_CLASS_DEVICE, 'PCI_CLASS_DEVICE'],
  [regs.PCI_CACHE_LINE_SIZE, 'PCI_CACHE_LINE_SIZE'],
  [regs.PCI_LATENCY_TIMER, 'PCI_LATENCY_TIMER'],
  [regs.PCI_HEADER_TYPE, 'PCI_HEADER_TYPE'],
  [regs.PCI_BIST, 'PCI_BIST'],
  [regs.PCI_CARDBUS_CIS, 'PCI_CARDBUS_CIS'],
  [regs.PCI_SUBSYSTEM_VENDOR_ID, 'PCI_SUBSYSTEM_VENDOR_ID'],
  [regs.PCI_SUBSYSTEM_ID, 'PCI_SUBSYSTEM_ID'],
  [regs.PCI_ROM_ADDRESS, 'PCI_ROM_ADDRESS'],
  [regs.PCI_CAPABILITY_LIST, 'PCI_CAPABILITY_LIST'],
  [regs.PCI_INTERRUPT_LINE, 'PCI_INTERRUPT_LINE'],
  [regs.PCI_INTERRUPT_PIN, 'PCI_INTERRUPT_PIN'],
  [regs.PCI_MIN_GNT, 'PCI_MIN_GNT'],
  [regs.PCI_MAX_LAT, 'PCI_MAX_LAT'],
];

interface CapabilityNames {
  readonly name: string;
  readonly registers: readonly (readonly [offset: number, name: string])[];
}

const CAPABILITIES: ReadonlyMap<number, CapabilityNames> = new Map([
  [
    regs.PCI_CAP_ID_PM,
    {
      name: 'power management',
      registers: [
        [regs.PCI_PM_PMC, 'PCI_PM_PMC'],
        [regs.PCI_PM_CTRL, 'PCI_PM_CTRL'],
      ],
    },
  ],
  [
    regs.PCI_CAP_ID_MSI,
    {
      name: 'MSI',
      registers: [
        [regs.PCI_MSI_FLAGS, 'PCI_MSI_FLAGS'],
        [regs.PCI_MSI_ADDRESS_LO, 'PCI_MSI_ADDRESS_LO'],
      ],
    },
  ],
  [
    regs.PCI_CAP_ID_MSIX,
    {
      name: 'MSI-X',
      registers: [
        [regs.PCI_MSIX_FLAGS, 'PCI_MSIX_FLAGS'],
        [regs.PCI_MSIX_TABLE, 'PCI_MSIX_TABLE'],
        [regs.PCI_MSIX_PBA, 'PCI_MSIX_PBA'],
      ],
    },
  ],
  [
    regs.PCI_CAP_ID_EXP,
    {
      name: 'PCI Express',
      registers: [
        [regs.PCI_EXP_FLAGS, 'PCI_EXP_FLAGS'],
        [regs.PCI_EXP_DEVCAP, 'PCI_EXP_DEVCAP'],
        [regs.PCI_EXP_DEVCTL, 'PCI_EXP_DEVCTL'],
        [regs.PCI_EXP_DEVSTA, 'PCI_EXP_DEVSTA'],
        [regs.PCI_EXP_LNKCAP, 'PCI_EXP_LNKCAP'],
        [regs.PCI_EXP_LNKCTL, 'PCI_EXP_LNKCTL'],
        [regs.PCI_EXP_LNKSTA, 'PCI_EXP_LNKSTA'],
        [regs.PCI_EXP_DEVCAP2, 'PCI_EXP_DEVCAP2'],
        [regs.PCI_EXP_DEVCTL2, 'PCI_EXP_DEVCTL2'],
        [regs.PCI_EXP_LNKCAP2, 'PCI_EXP_LNKCAP2'],
        [regs.PCI_EXP_LNKCTL2, 'PCI_EXP_LNKCTL2'],
      ],
    },
  ],
  [
    regs.PCI_CAP_ID_AF,
    {
      name: 'Advanced Features',
      registers: [
        [regs.PCI_AF_CAP, 'PCI_AF_CAP'],
        [regs.PCI_AF_CTRL, 'PCI_AF_CTRL'],
      ],
    },
  ],
  [regs.PCI_CAP_ID_VPD, { name: 'VPD', registers: [[regs.PCI_VPD_ADDR, 'PCI_VPD_ADDR']] }],
  [regs.PCI_CAP_ID_VNDR, { name: 'vendor-specific', registers: [] }],
]);

const BAR_COUNT = 6;
/** Extended capabilities, and no others, begin here. */
const EXTENDED = regs.PCI_CFG_SPACE_SIZE;

/** What lies at an offset, if it has a name. @param capabilities where each lies, by id; those below 0x100 */
export function configRegisterName(
  offset: number,
  capabilities: ReadonlyMap<number, number>,
): string | undefined {
  if (offset < regs.PCI_STD_HEADER_SIZEOF) return headerName(offset);
  if (offset >= EXTENDED) return undefined;
  const [id, start] = [...capabilities]
    .filter(([, at]) => at <= offset)
    .reduce((last, next) => (next[1] > last[1] ? next : last), [0, 0]);
  const capability = CAPABILITIES.get(id);
  if (capability === undefined) return undefined;
  const known = capability.registers.filter(([at]) => start + at <= offset).at(-1);
  if (known !== undefined) return within(known, offset - start);
  return `${capability.name} capability${offset === start ? '' : ' next pointer'}`;
}

function headerName(offset: number): string | undefined {
  const bar = Math.floor((offset - regs.PCI_BASE_ADDRESS_0) / 4);
  if (bar >= 0 && bar < BAR_COUNT) {
    return within([regs.PCI_BASE_ADDRESS_0 + 4 * bar, `PCI_BASE_ADDRESS_${bar}`], offset);
  }
  const known = HEADER.filter(([at]) => at <= offset).at(-1);
  return known === undefined ? undefined : within(known, offset);
}

function within([start, name]: readonly [number, string], offset: number): string {
  return offset === start ? name : `${name}+${offset - start}`;
}
