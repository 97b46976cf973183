/** Packets go out: with checksums and VLAN tags as their descriptors want, in one piece or in segments. */
import type { RegisterFile } from './register-file.js';
import { CTRL, CTRL_VME, TCTL, TCTL_PSP, VET } from './registers.js';
import { Segmentation } from './segmentation.js';
import type { TransmitContext, TransmitDescriptors } from './transmit-descriptor.js';
import {
  insertChecksum,
  insertIpChecksum,
  insertTag,
  insertTransportChecksum,
} from './transmit-offload.js';
import type { TransmitQueue } from './transmit-queue.js';
import type { StagedPacket, TransmitStaging } from './transmit-staging.js';

/** Frames on the wire, without CRC. */
const SHORTEST_FRAME = 60;
const LONGEST_FRAME = 9728 - 4;
/** Less than this is no frame. */
const ETHERNET_HEADER = 14;

/** Who takes what is to be sent. */
export interface FrameSink {
  /** False: the line is busy, and `writable` tells when it no longer is. */
  send(frame: Uint8Array): boolean;
  /** A queue has reported descriptors as done. */
  reported(queue: number): void;
  /** A segmentation was done, or could not be. */
  segmented(isDone: boolean): void;
  /** A packet is dropped: said once a kind. */
  dropped(why: string): void;
  /** Rings are not as they have to be: said once a kind. */
  broken(problem: string): void;
}

export class PacketOutput {
  readonly #registers: RegisterFile;
  readonly #descriptors: TransmitDescriptors;
  readonly #staging: TransmitStaging;
  readonly #sink: FrameSink;
  readonly #segmentation: Segmentation;
  readonly #padded = new Uint8Array(SHORTEST_FRAME);

  constructor(
    registers: RegisterFile,
    descriptors: TransmitDescriptors,
    staging: TransmitStaging,
    sink: FrameSink,
  ) {
    this.#registers = registers;
    this.#descriptors = descriptors;
    this.#staging = staging;
    this.#sink = sink;
    this.#segmentation = new Segmentation(registers);
  }

  /** False: the line is busy. */
  send(queue: TransmitQueue, packet: StagedPacket): boolean {
    const { first } = packet;
    const descriptors = this.#descriptors;
    if (this.#staging.hasFault(packet)) {
      this.#sink.dropped(
        `transmit queue ${queue.number}: packets whose data can't be read are dropped`,
      );
      return true;
    }
    if (!descriptors.isAdvanced(first)) return this.#sendLegacy(packet);
    const context = queue.contexts[descriptors.contextIndex(first)];
    const ip = descriptors.wantsIpChecksum(first);
    const transport = descriptors.wantsTransportChecksum(first);
    if (descriptors.isSegmented(first)) return this.#sendSegments(queue, packet, context);
    const { start, length } = packet;
    if (ip) insertIpChecksum(this.#staging.bytes, start, length, context);
    if (transport) insertTransportChecksum(this.#staging.bytes, start, length, context);
    const tag = descriptors.wantsTag(first) ? context.vlanTag : undefined;
    return this.#sendFrame(this.#staging.bytes, start, length, tag);
  }

  #sendLegacy({ first, end, start, length }: StagedPacket): boolean {
    const descriptors = this.#descriptors;
    // What holds for the packet is said by its last descriptor; where checksums go, by its first.
    const last = end - 1;
    if (descriptors.wantsChecksum(last)) {
      const places = {
        from: descriptors.checksumStart(first),
        to: descriptors.checksumOffset(first),
      };
      insertChecksum(this.#staging.bytes, start, length, places);
    }
    const isTagged = descriptors.wantsTag(last) && (this.#registers.get(CTRL) & CTRL_VME) !== 0;
    const tag = isTagged ? descriptors.tag(last) : undefined;
    return this.#sendFrame(this.#staging.bytes, start, length, tag);
  }

  #sendSegments(queue: TransmitQueue, packet: StagedPacket, context: TransmitContext): boolean {
    const segmentation = this.#segmentation;
    const descriptors = this.#descriptors;
    const { first, start, length } = packet;
    const large = { bytes: this.#staging.bytes, start, length };
    const wishes = {
      ip: descriptors.wantsIpChecksum(first),
      transport: descriptors.wantsTransportChecksum(first),
    };
    const tag = descriptors.wantsTag(first) ? context.vlanTag : undefined;
    const count = segmentation.count(large, context);
    if (count === 0) {
      this.#sink.dropped('segmentation with a context that can not be: packets are dropped');
    }
    while (queue.sentSegments < count) {
      segmentation.make(large, context, queue.sentSegments, wishes);
      if (!this.#sendFrame(segmentation.bytes, segmentation.start, segmentation.length, tag)) {
        return false;
      }
      queue.sentSegments += 1;
    }
    queue.sentSegments = 0;
    this.#sink.segmented(count > 0);
    return true;
  }

  #sendFrame(bytes: Uint8Array, start: number, length: number, tag: number | undefined): boolean {
    if (length < ETHERNET_HEADER) {
      this.#sink.dropped('packets shorter than an Ethernet header are dropped');
      return true;
    }
    let from = start;
    let size = length;
    if (tag !== undefined) {
      from = insertTag(bytes, start, { type: this.#registers.get(VET) & 0xffff, value: tag });
      size += start - from;
    }
    if (size > LONGEST_FRAME) {
      this.#sink.dropped('packets longer than the controller sends are dropped');
      return true;
    }
    if (size < SHORTEST_FRAME && (this.#registers.get(TCTL) & TCTL_PSP) !== 0) {
      const padded = this.#padded.fill(0, size);
      padded.set(bytes.subarray(from, from + size));
      return this.#sink.send(padded);
    }
    const staging = this.#staging;
    const isStaged = bytes === staging.bytes;
    return this.#sink.send(isStaged ? staging.view(from, size) : bytes.subarray(from, from + size));
  }
}
