/** Identify Namespace, and the lists of namespaces (NVM Express 1.4 figures 245, 248 to 250). */
import { BROADCAST_NSID } from './command.js';
import { BLOCK_BITS, type Namespace } from './namespace.js';
import { CommandError, Status } from './status.js';

const PAGE = 4096;

/** @param serial what the namespace is told from all others by */
export function namespaceData(namespace: Namespace, serial: string): Uint8Array {
  const bytes = commonNamespaceData();
  const view = new DataView(bytes.buffer);
  const blocks = BigInt(namespace.blocks);
  for (const at of [0, 8, 16]) view.setBigUint64(at, blocks, true); // NSZE, NCAP, NUSE
  bytes[26] = namespace.format; // FLBAS
  bytes[99] = namespace.disk.isReadOnly ? 1 : 0; // NSATTR: write protected
  const capacity = BigInt(namespace.blocks * namespace.blockSize);
  view.setBigUint64(48, capacity, true); // NVMCAP
  view.setBigUint64(120, extendedIdentifier(serial), false); // EUI64
  return bytes;
}

/** What all namespaces that can be created have in common. */
export function commonNamespaceData(): Uint8Array {
  const bytes = new Uint8Array(PAGE);
  const view = new DataView(bytes.buffer);
  bytes[25] = BLOCK_BITS.length - 1; // NLBAF
  bytes[33] = 0x01; // DLFEAT: deallocated blocks read as zeros
  for (const [index, bits] of BLOCK_BITS.entries()) {
    view.setUint32(128 + 4 * index, bits << 16, true);
  }
  return bytes;
}

/** The namespaces behind one. @param isListed whether there is the one that can be there */
export function namespaceList(after: number, namespace: Namespace, isListed: boolean): Uint8Array {
  if (after >= BROADCAST_NSID - 1) throw new CommandError(Status.invalidNamespace);
  const view = new DataView(new ArrayBuffer(PAGE));
  if (isListed && namespace.id > after) view.setUint32(0, namespace.id, true);
  return new Uint8Array(view.buffer);
}

/** Namespace identification descriptors: EUI64, and the command set (0: NVM). */
export function namespaceDescriptors(serial: string): Uint8Array {
  const bytes = new Uint8Array(PAGE);
  bytes.set([1, 8], 0);
  new DataView(bytes.buffer).setBigUint64(4, extendedIdentifier(serial), false);
  bytes.set([4, 1], 12);
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
