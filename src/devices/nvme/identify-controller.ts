/** Identify Controller: what the controller is and can do (NVM Express 1.4 figure 247). */
import { EVENT_REQUESTS } from './async-events.js';
import { ERROR_ENTRIES } from './error-log.js';
import { FIRMWARE_GRANULARITY, FIRMWARE_SLOTS } from './firmware.js';
import type { Namespace } from './namespace.js';
import { VERSION_1_4 } from './registers.js';
import { putText } from './text-field.js';

const PAGE = 4096;
/** The only controller of its subsystem. */
export const CONTROLLER_ID = 0;
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

/** @param revision of the firmware that runs */
export function controllerData(
  identity: ControllerIdentity,
  namespace: Namespace,
  revision: string,
): Uint8Array {
  const bytes = new Uint8Array(PAGE);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, identity.vendor, true);
  view.setUint16(2, identity.subsystemVendor, true);
  putText(bytes, 4, 20, identity.serial);
  putText(bytes, 24, 40, identity.model);
  putText(bytes, 64, 8, revision);
  bytes[72] = 6; // RAB
  bytes.set([0x00, 0x54, 0x52], 73); // IEEE
  bytes[77] = TRANSFER_BITS; // MDTS
  view.setUint16(78, CONTROLLER_ID, true);
  view.setUint32(80, VERSION_1_4, true);
  view.setUint32(92, 0x100, true); // OAES: namespace attributes
  bytes[111] = 1; // CNTRLTYPE: I/O controller
  putAdminAbilities(bytes, view, namespace);
  bytes[512] = 0x66; // SQES
  bytes[513] = 0x44; // CQES
  view.setUint32(516, 1, true); // NN
  // ONCS: Compare, Dataset Management, Write Zeroes, Save and Select, Timestamp, Verify.
  view.setUint16(520, 0xdd, true);
  bytes[525] = 0x07; // VWC: present, Flush takes the broadcast NSID
  // SGLS: of any alignment; bit buckets. A list longer than the transfer is an error.
  view.setUint32(536, 0x0001_0001, true);
  putQualifiedName(bytes, identity.serial);
  view.setUint16(2048, 0x9c4, true); // Power state 0: 25 W
  view.setUint32(2052, 0x10, true); // ENLAT
  view.setUint32(2056, 0x04, true); // EXLAT
  return bytes;
}

/** Limits of Verify; the other commands have none of their own (TP 4056). */
export function commandSetController(): Uint8Array {
  const bytes = new Uint8Array(PAGE);
  bytes[0] = TRANSFER_BITS; // VSL
  return bytes;
}

function putAdminAbilities(bytes: Uint8Array, view: DataView, namespace: Namespace): void {
  view.setUint16(256, 0x0e, true); // OACS: Format NVM, firmware, namespace management
  bytes[258] = 3; // ACL
  bytes[259] = EVENT_REQUESTS - 1; // AERL
  bytes[260] = 0x11 | (FIRMWARE_SLOTS << 1); // FRMW: the first is read-only; activation needs no reset
  bytes[261] = 0x06; // LPA: commands supported, extended data
  bytes[262] = ERROR_ENTRIES - 1; // ELPE
  view.setUint16(266, 0x157, true); // WCTEMP
  view.setUint16(268, 0x175, true); // CCTEMP
  view.setBigUint64(280, BigInt(namespace.disk.size), true); // TNVMCAP
  view.setBigUint64(296, BigInt(namespace.unallocated), true); // UNVMCAP
  bytes[319] = FIRMWARE_GRANULARITY / 4096; // FWUG
}

function putQualifiedName(bytes: Uint8Array, serial: string): void {
  const name = `nqn.2019-08.org.qemu:${serial.trim()}`;
  for (let index = 0; index < name.length; index++) bytes[768 + index] = name.charCodeAt(index);
}
