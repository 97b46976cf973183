/**
 * Scatter gather lists: data as descriptors of any length at any address, in segments that lead to each
 * other (NVM Express 1.4 §4.4).
 */
import type { Dma } from '../../pci/dma.js';
import type { Command } from './command.js';
import { appendRange, type DataRange } from './data-range.js';
import { CommandError, Status } from './status.js';

/** Bytes of a descriptor. */
const DESCRIPTOR_SIZE = 16;
/** Descriptors and segments of one command: so lists that lead to themselves end. */
const DESCRIPTORS = 4096;
const SEGMENTS = 256;
/** Descriptors read at a time. */
const BATCH = 256;

/** Type and subtype, which is 0 for addresses of memory (figures 111, 112). */
const DescriptorType = { dataBlock: 0x00, bitBucket: 0x10, segment: 0x20, lastSegment: 0x30 };

interface Descriptor {
  readonly address: bigint;
  readonly length: number;
  readonly type: number;
}

/** What is left to be found of one transfer. */
interface Walk {
  readonly ranges: DataRange[];
  /** Whether bit buckets take bytes: they do of what goes to the host. */
  readonly hasBuckets: boolean;
  bytesLeft: number;
  descriptorsLeft: number;
}

export class ScatterGatherList {
  readonly #dma: Dma;
  readonly #batch = new DataView(new ArrayBuffer(BATCH * DESCRIPTOR_SIZE));

  constructor(dma: Dma) {
    this.#dma = dma;
  }

  /**
   * The memory of `length` bytes of a command.
   * @param isToHost bit buckets swallow bytes; of data from the host they are nothing
   * @throws CommandError
   */
  ranges(command: Command, length: number, isToHost: boolean): DataRange[] {
    const walk: Walk = {
      ranges: [],
      hasBuckets: isToHost,
      bytesLeft: length,
      descriptorsLeft: DESCRIPTORS,
    };
    const first = descriptorAt(command.sgl1, 0);
    if (first.type === DescriptorType.dataBlock) take(walk, first);
    else this.#followSegments(walk, first);
    if (walk.bytesLeft > 0) throw new CommandError(Status.dataSglLengthInvalid);
    return walk.ranges;
  }

  #followSegments(walk: Walk, first: Descriptor): void {
    let segment: Descriptor | undefined = first;
    for (let count = 0; segment !== undefined; count++) {
      if (count === SEGMENTS) throw new CommandError(Status.invalidSglCount);
      checkSegment(segment);
      segment = this.#takeSegment(walk, segment);
    }
  }

  /** Takes what a segment describes. @returns the descriptor of the next one, if there is one */
  #takeSegment(walk: Walk, segment: Descriptor): Descriptor | undefined {
    const isLast = segment.type === DescriptorType.lastSegment;
    const count = segment.length / DESCRIPTOR_SIZE;
    walk.descriptorsLeft -= count;
    if (walk.descriptorsLeft < 0) throw new CommandError(Status.invalidSglCount);
    for (let index = 0; index < count; index++) {
      if (index % BATCH === 0) this.#read(segment.address, index, count);
      const descriptor = descriptorAt(this.#batch, (index % BATCH) * DESCRIPTOR_SIZE);
      if (!isSegment(descriptor)) take(walk, descriptor);
      else if (isLast) throw new CommandError(Status.invalidSglSegment);
      else if (index === count - 1) return descriptor;
      else throw new CommandError(Status.invalidSglCount);
    }
    // A segment that is not the last one has to lead to another.
    if (!isLast) throw new CommandError(Status.invalidSglSegment);
    return undefined;
  }

  /** Reads a batch of a segment's descriptors. */
  #read(address: bigint, index: number, count: number): void {
    const length = Math.min(BATCH, count - index) * DESCRIPTOR_SIZE;
    const bytes = new Uint8Array(this.#batch.buffer, 0, length);
    if (!this.#dma.read(address + BigInt(index * DESCRIPTOR_SIZE), bytes)) {
      throw new CommandError(Status.dataTransferError);
    }
  }
}

function descriptorAt(view: DataView, at: number): Descriptor {
  return {
    address: view.getBigUint64(at, true),
    length: view.getUint32(at + 8, true),
    type: view.getUint8(at + 15),
  };
}

function isSegment({ type }: Descriptor): boolean {
  return type === DescriptorType.segment || type === DescriptorType.lastSegment;
}

/** Segments are aligned to qwords, and have at least one descriptor. */
function checkSegment(segment: Descriptor): void {
  const { address, length } = segment;
  const isWhole = length > 0 && length % DESCRIPTOR_SIZE === 0 && (address & 7n) === 0n;
  if (!isSegment(segment)) throw new CommandError(statusOfFirst(segment));
  if (!isWhole) throw new CommandError(Status.invalidSglSegment);
}

/** What a command has instead of a data block or a segment: a bit bucket only, or what there is not. */
function statusOfFirst({ type }: Descriptor): number {
  return type === DescriptorType.bitBucket ? Status.invalidSglSegment : Status.sglTypeInvalid;
}

/** Takes the bytes of a data block or bit bucket; more than the transfer has are too many. */
function take(walk: Walk, { type, address, length }: Descriptor): void {
  if (type === DescriptorType.bitBucket) {
    if (!walk.hasBuckets || length === 0) return;
    walk.ranges.push({ iova: undefined, length });
  } else if (type === DescriptorType.dataBlock) {
    if (length === 0) return;
    appendRange(walk.ranges, address, length);
  } else throw new CommandError(Status.sglTypeInvalid);
  walk.bytesLeft -= length;
  if (walk.bytesLeft < 0) throw new CommandError(Status.dataSglLengthInvalid);
}
