// Scatter gather lists as drivers write them.
import type { Answer, CommandFields, NvmeBench } from './nvme-bench.js';
import { PLACES } from './nvme-bench.js';

export const [BLOCK, BUCKET, SEGMENT, LAST] = [0x00, 0x10, 0x20, 0x30];

/** Type, address, bytes. */
export type Descriptor = readonly [type: number, address: number, length: number];

/** The second half of a descriptor: length and type. */
export function lengthAndType(type: number, length: number): bigint {
  return BigInt(length) | (BigInt(type) << 56n);
}

/** Writes descriptors one behind the other. */
export function segment(nvme: NvmeBench, at: number, ...descriptors: Descriptor[]): void {
  for (const [index, [type, address, length]] of descriptors.entries()) {
    nvme.view.setBigUint64(at + 16 * index, BigInt(address), true);
    nvme.view.setBigUint64(at + 16 * index + 8, lengthAndType(type, length), true);
  }
}

/** The fields of a command with this descriptor in it. */
export function withDescriptor([type, address, length]: Descriptor): Partial<CommandFields> {
  return { flags: 0x40, prp1: address, prp2: lengthAndType(type, length) };
}

/** An I/O command whose SGL is one last segment of these descriptors. */
export function listed(nvme: NvmeBench, command: CommandFields, ...all: Descriptor[]): Answer {
  segment(nvme, PLACES.lists, ...all);
  return nvme.io({ ...command, ...withDescriptor([LAST, PLACES.lists, 16 * all.length]) });
}
