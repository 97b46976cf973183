/** What Identify answers: 4096 bytes each (NVM Express 1.4 §5.15.2; CNS 5 to 7 and 1Ch: TP 4056). */
import { BROADCAST_NSID, type Command } from './command.js';
import { BLOCK_BITS, type Namespace } from './namespace.js';
import { VERSION_1_4 } from './registers.js';
import { CommandError, Status } from './status.js';

const PAGE = 4096;
export const FIRMWARE_REVISION = '1.0';
/** Largest transfer and Verify: 2^this pages of 4 KiB. */
export const TRANSFER_BITS = 7;
/** Bytes of the largest transfer. */
export const MAXIMUM_TRANSFER = 4096 << TRANSFER_BITS;

/** Who the controller says it is. */
export interface ControllerIdentity {
  readonly vendor: number;
  readonly subsystemVendor: number;
  /** Up to 20 characters. */
  readonly serial: string;
  /** Up to 40 characters. */
  readonly model: string;
}

/** CNS: which structure is asked for. */
const Cns = {
  namespace: 0x00,
  controller: 0x01,
  activeNamespaces: 0x02,
  namespaceDescriptors: 0x03,
  commandSetNamespace: 0x05,
  commandSetController: 0x06,
  commandSetActiveNamespaces: 0x07,
  allocatedNamespaces: 0x10,
  allocatedNamespace: 0x11,
  commandSets: 0x1c,
} as const;

/** @throws CommandError */
export function identify(
  command: Command,
  namespace: Namespace,
  identity: ControllerIdentity,
): Uint8Array {
  const { nsid } = command;
  switch (command.dword(10) & 0xff) {
    case Cns.namespace:
    case Cns.allocatedNamespace:
      checkNamespace(nsid, namespace);
      return namespaceData(namespace, identity);
    case Cns.controller:
      return controllerData(identity);
    case Cns.activeNamespaces:
    case Cns.allocatedNamespaces:
      return namespaceList(nsid, namespace);
    case Cns.namespaceDescriptors:
      checkNamespace(nsid, namespace);
      return descriptors(identity);
    case Cns.commandSetNamespace:
      checkCommandSet(command);
      checkNamespace(nsid, namespace);
      return new Uint8Array(PAGE);
    case Cns.commandSetController:
      checkCommandSet(command);
      return commandSetController();
    case Cns.commandSetActiveNamespaces:
      checkCommandSet(command);
      return namespaceList(nsid, namespace);
    case Cns.commandSets:
      return Uint8Array.from({ length: PAGE }, (_, index) => (index === 0 ? 1 : 0));
    default:
      throw new CommandError(Status.invalidField);
  }
}

/** Puts ASCII text, filled up with spaces. */
export function putText(bytes: Uint8Array, at: number, length: number, text: string): void {
  for (let index = 0; index < length; index++) {
    bytes[at + index] = index < text.length ? text.charCodeAt(index) & 0x7f : 0x20;
  }
}

function checkNamespace(nsid: number, namespace: Namespace): void {
  if (nsid !== namespace.id) throw new CommandError(Status.invalidNamespace);
}

/** There is the NVM command set only. */
function checkCommandSet(command: Command): void {
  if (command.dword(11) >>> 24 !== 0) throw new CommandError(Status.invalidField);
}

/** Identify Controller (figure 247). */
function controllerData(identity: ControllerIdentity): Uint8Array {
  const bytes = new Uint8Array(PAGE);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, identity.vendor, true);
  view.setUint16(2, identity.subsystemVendor, true);
  putText(bytes, 4, 20, identity.serial);
  putText(bytes, 24, 40, identity.model);
  putText(bytes, 64, 8, FIRMWARE_REVISION);
  bytes[72] = 6; // RAB
  bytes.set([0x00, 0x54, 0x52], 73); // IEEE
  bytes[77] = TRANSFER_BITS; // MDTS
  view.setUint32(80, VERSION_1_4, true);
  bytes[111] = 1; // CNTRLTYPE: I/O controller
  view.setUint16(256, 0x02, true); // OACS: Format NVM
  bytes[258] = 3; // ACL
  bytes[259] = 3; // AERL
  bytes[260] = 0x03; // FRMW: one slot, read-only
  bytes[261] = 0x06; // LPA: commands supported, extended data
  bytes[262] = 63; // ELPE
  view.setUint16(266, 0x157, true); // WCTEMP
  view.setUint16(268, 0x175, true); // CCTEMP
  bytes[512] = 0x66; // SQES
  bytes[513] = 0x44; // CQES
  view.setUint32(516, 1, true); // NN
  // ONCS: Compare, Dataset Management, Write Zeroes, Save and Select, Timestamp, Verify.
  view.setUint16(520, 0xdd, true);
  bytes[525] = 0x07; // VWC: present, Flush takes the broadcast NSID
  putQualifiedName(bytes, identity.serial);
  view.setUint16(2048, 0x9c4, true); // Power state 0: 25 W
  view.setUint32(2052, 0x10, true); // ENLAT
  view.setUint32(2056, 0x04, true); // EXLAT
  return bytes;
}

function putQualifiedName(bytes: Uint8Array, serial: string): void {
  const name = `nqn.2019-08.org.qemu:${serial.trim()}`;
  for (let index = 0; index < name.length; index++) bytes[768 + index] = name.charCodeAt(index);
}

/** Identify Namespace (figure 245). */
function namespaceData(namespace: Namespace, identity: ControllerIdentity): Uint8Array {
  const bytes = new Uint8Array(PAGE);
  const view = new DataView(bytes.buffer);
  const blocks = BigInt(namespace.blocks);
  for (const at of [0, 8, 16]) view.setBigUint64(at, blocks, true); // NSZE, NCAP, NUSE
  bytes[25] = BLOCK_BITS.length - 1; // NLBAF
  bytes[26] = namespace.format; // FLBAS
  bytes[33] = 0x01; // DLFEAT: deallocated blocks read as zeros
  bytes[99] = namespace.disk.isReadOnly ? 1 : 0; // NSATTR: write protected
  view.setBigUint64(120, extendedIdentifier(identity.serial), false); // EUI64
  for (const [index, bits] of BLOCK_BITS.entries())
    view.setUint32(128 + 4 * index, bits << 16, true);
  return bytes;
}

function namespaceList(after: number, namespace: Namespace): Uint8Array {
  if (after >= BROADCAST_NSID - 1) throw new CommandError(Status.invalidNamespace);
  const view = new DataView(new ArrayBuffer(PAGE));
  if (namespace.id > after) view.setUint32(0, namespace.id, true);
  return new Uint8Array(view.buffer);
}

/** Namespace identification descriptors: EUI64, and the command set (0: NVM). */
function descriptors(identity: ControllerIdentity): Uint8Array {
  const bytes = new Uint8Array(PAGE);
  bytes.set([1, 8], 0);
  new DataView(bytes.buffer).setBigUint64(4, extendedIdentifier(identity.serial), false);
  bytes.set([4, 1], 12);
  return bytes;
}

/** Limits of Verify; the other commands have none of their own. */
function commandSetController(): Uint8Array {
  const bytes = new Uint8Array(PAGE);
  bytes[0] = TRANSFER_BITS; // VSL
  return bytes;
}

/** An EUI-64 that is the serial number's own: 40 bits of FNV-1a behind 52:54:00. */
function extendedIdentifier(serial: string): bigint {
  let hash = 0xcbf2_9ce4_8422_2325n;
  for (const character of serial) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(character.charCodeAt(0))) * 0x100_0000_01b3n);
  }
  return (0x52_5400n << 40n) | BigInt.asUintN(40, hash);
}
