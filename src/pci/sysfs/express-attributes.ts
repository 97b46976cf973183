/** Files of PCI Express functions: link speed and width, power saving of the link, error counters. */
import { addAttribute } from '../../kernel/sysfs.js';
import type { Directory } from '../../kernel/tree.js';
import {
  PCI_CAP_ID_EXP,
  PCI_EXP_FLAGS,
  PCI_EXP_LNKCAP,
  PCI_EXP_LNKCTL,
  PCI_EXP_LNKSTA,
  PCI_EXP_TYPE_ROOT_PORT,
  PCI_EXT_CAP_ID_ERR,
} from '../../uapi/pci-regs.js';
import type { PciFunction } from '../function.js';
import { isTrue } from './text.js';

const SPEEDS = ['Unknown', '2.5 GT/s PCIe', '5.0 GT/s PCIe', '8.0 GT/s PCIe', '16.0 GT/s PCIe'];

/** Errors as the kernel names them in its counters, by bit. */
const CORRECTABLE_ERRORS =
  'RxErr BadTLP BadDLLP Rollover Timeout NonFatalErr CorrIntErr HeaderOF'.split(' ');
const UNCORRECTABLE_ERRORS = (
  'Undefined DLP SDES TLP FCP CmpltTO CmpltAbrt UnxCmplt RxOF MalfTLP ECRC UnsupReq ACSViol ' +
  'UncorrIntErr BlockedTLP AtomicOpBlocked TLPBlockedErr PoisonTLPBlocked DMWrReqBlocked IDECheck ' +
  'MisIDETLP PCRC_CHECK TLPXlatBlocked'
).split(' ');

export function addExpressAttributes(member: PciFunction, directory: Directory): void {
  const link = directory.directory('link');
  const express = member.capability(PCI_CAP_ID_EXP);
  if (express === undefined) return;
  addLinkAttributes(member, express, directory);
  if (member.bus.bridge !== undefined) addPowerSaving(member, express, link);
  if (member.extendedCapability(PCI_EXT_CAP_ID_ERR) === undefined) return;
  addCounters(directory, 'aer_dev_correctable', CORRECTABLE_ERRORS, 'TOTAL_ERR_COR');
  addCounters(directory, 'aer_dev_fatal', UNCORRECTABLE_ERRORS, 'TOTAL_ERR_FATAL');
  addCounters(directory, 'aer_dev_nonfatal', UNCORRECTABLE_ERRORS, 'TOTAL_ERR_NONFATAL');
  const type = (member.config.read(express + PCI_EXP_FLAGS, 2) >> 4) & 0xf;
  if (type !== PCI_EXP_TYPE_ROOT_PORT) return;
  for (const kind of ['cor', 'fatal', 'nonfatal']) {
    addAttribute(directory, `aer_rootport_total_err_${kind}`, { show: () => '0\n' });
  }
}

function addLinkAttributes(member: PciFunction, express: number, directory: Directory): void {
  const { config } = member;
  const speed = (register: number) => SPEEDS[config.read(express + register, 2) & 0xf] ?? 'Unknown';
  const width = (register: number) => (config.read(express + register, 2) >> 4) & 0x3f;
  const show = (name: string, text: () => string | number): void => {
    addAttribute(directory, name, { show: () => `${text()}\n` });
  };
  show('current_link_speed', () => speed(PCI_EXP_LNKSTA));
  show('current_link_width', () => width(PCI_EXP_LNKSTA));
  show('max_link_speed', () => speed(PCI_EXP_LNKCAP));
  show('max_link_width', () => width(PCI_EXP_LNKCAP));
}

/** One file a state that the link has; off until somebody turns it on. */
function addPowerSaving(member: PciFunction, express: number, link: Directory): void {
  const { config } = member;
  const supported = (config.read(express + PCI_EXP_LNKCAP, 4) >> 10) & 3;
  for (const [name, bit] of [
    ['l0s_aspm', 1],
    ['l1_aspm', 2],
  ] as const) {
    if ((supported & bit) === 0) continue;
    const register = express + PCI_EXP_LNKCTL;
    addAttribute(link, name, {
      mode: 0o644,
      show: () => `${(config.read(register, 2) & bit) === 0 ? 0 : 1}\n`,
      store: (text) => {
        const old = config.read(register, 2);
        config.write(register, 2, isTrue(text) ? old | bit : old & ~bit);
      },
    });
  }
}

function addCounters(
  directory: Directory,
  name: string,
  errors: readonly string[],
  total: string,
): void {
  const text = [...errors, total].map((error) => `${error} 0\n`).join('');
  addAttribute(directory, name, { show: () => text });
}
