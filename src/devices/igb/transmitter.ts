/**
 * Transmission (82576 data sheet §7.2): takes descriptors from rings in host memory, gathers packets, does what
 * their descriptors ask for, sends them, and reports them as done. A burst costs three transfers, however
 * many packets it has: descriptors, data, and what is written back.
 */
import type { Dma } from '../../pci/dma.js';
import { type FrameSink, PacketOutput } from './packet-output.js';
import type { RegisterFile } from './register-file.js';
import {
  QUEUE_ENABLE,
  QUEUES,
  TCTL,
  TCTL_EN,
  TDBAH,
  TDBAL,
  TDH,
  TDLEN,
  TDT,
  TDWBAH,
  TDWBAL,
  transmitQueue,
  TXDCTL,
} from './registers.js';
import { ringRanges } from './ring-ranges.js';
import { DESCRIPTOR_BYTES, TransmitDescriptors } from './transmit-descriptor.js';
import { TransmitQueue } from './transmit-queue.js';
import { TransmitStaging } from './transmit-staging.js';

/** Descriptors of a burst; no packet has more. */
const BURST = 64;
/** What is to be taken of a ring. */
interface Ring {
  readonly head: number;
  /** Descriptors of the burst, all that there are, and places of the ring. */
  readonly count: number;
  readonly pending: number;
  readonly size: number;
}

export class Transmitter {
  readonly #registers: RegisterFile;
  readonly #dma: Dma;
  readonly #sink: FrameSink;
  readonly #queues = Array.from({ length: QUEUES }, (_, number) => new TransmitQueue(number));
  readonly #descriptors = new TransmitDescriptors(BURST);
  readonly #staging = new TransmitStaging(this.#descriptors, BURST);
  readonly #output: PacketOutput;

  constructor(registers: RegisterFile, dma: Dma, sink: FrameSink) {
    this.#registers = registers;
    this.#dma = dma;
    this.#sink = sink;
    this.#output = new PacketOutput(registers, this.#descriptors, this.#staging, sink);
  }

  reset(): void {
    for (const queue of this.#queues) queue.reset();
  }

  /** Sends a burst of each queue that has something. Whether there was any. */
  run(): boolean {
    const registers = this.#registers;
    if ((registers.get(TCTL) & TCTL_EN) === 0) return false;
    let worked = false;
    for (let number = 0; number < QUEUES; number++) {
      const base = transmitQueue(number);
      if (registers.get(base + TDH) === registers.get(base + TDT)) continue;
      if ((registers.get(base + TXDCTL) & QUEUE_ENABLE) === 0) continue;
      if (this.#serve(this.#queues[number] as TransmitQueue, base)) worked = true;
    }
    return worked;
  }

  #serve(queue: TransmitQueue, base: number): boolean {
    const registers = this.#registers;
    const size = (registers.get(base + TDLEN) & 0xf_ff80) / DESCRIPTOR_BYTES;
    const head = registers.get(base + TDH);
    const tail = registers.get(base + TDT);
    if (head >= size || tail >= size) {
      this.#sink.broken(
        `transmit queue ${queue.number}: head or tail beyond the ring's ${size} descriptors`,
      );
      return false;
    }
    const pending = (tail - head + size) % size;
    const count = Math.min(pending, BURST);
    if (!this.#moveRing(base, head, count, size, false)) {
      // Hardware would report an error of the bus; without its descriptors the queue can't go on.
      registers.set(base + TXDCTL, registers.get(base + TXDCTL) & ~QUEUE_ENABLE);
      this.#sink.broken(
        `transmit queue ${queue.number}: its ring can't be read, and it is disabled`,
      );
      return false;
    }
    const ring = { head, count, pending, size };
    if (queue.isSkipping) return this.#skip(queue, base, ring);
    const staged = this.#staging.find(count);
    this.#staging.gather(this.#dma);
    const done = this.#send(queue, staged);
    if (done > 0) this.#finish(queue, base, { head, done, size });
    else if (!this.#isEndless(ring)) return false;
    else {
      this.#sink.dropped(
        `transmit queue ${queue.number}: packets of too many descriptors or bytes are dropped`,
      );
      this.#skip(queue, base, ring);
    }
    return true;
  }

  /** Reads descriptors, or writes them back. */
  #moveRing(base: number, head: number, count: number, size: number, isWrite: boolean): boolean {
    const registers = this.#registers;
    const low = (registers.get(base + TDBAL) & ~0x7f) >>> 0;
    const place = (BigInt(registers.get(base + TDBAH)) << 32n) | BigInt(low);
    const ranges = ringRanges({ base: place, size }, head, count);
    const bytes = this.#descriptors.bytes.subarray(0, count * DESCRIPTOR_BYTES);
    return isWrite ? this.#dma.writev(ranges, bytes) : this.#dma.readv(ranges, bytes);
  }

  /** Sends what is staged, in order. @returns descriptors that are done with */
  #send(queue: TransmitQueue, staged: number): number {
    const descriptors = this.#descriptors;
    let at = 0;
    for (let index = 0; index < this.#staging.count; index++) {
      const packet = this.#staging.at(index);
      for (; at < packet.first; at++) this.#setContext(queue, at);
      if (!this.#output.send(queue, packet)) return at;
      at = packet.end;
    }
    for (; at < staged; at++) if (descriptors.isContext(at)) this.#setContext(queue, at);
    return staged;
  }

  #setContext(queue: TransmitQueue, index: number): void {
    const descriptors = this.#descriptors;
    queue.contexts[descriptors.contextIndex(index)].set(descriptors, index);
  }

  /** Whether the packet at the head will never be whole. */
  #isEndless({ count, pending, size }: Ring): boolean {
    if (this.#staging.isTooLong) return true;
    return this.#staging.count === 0 && (count === BURST || pending === size - 1);
  }

  /** Takes descriptors up to the end of a packet that is dropped. */
  #skip(queue: TransmitQueue, base: number, { head, count, size }: Ring): boolean {
    let done = 0;
    queue.isSkipping = true;
    while (done < count && queue.isSkipping) {
      queue.isSkipping = !this.#descriptors.isEnd(done);
      done += 1;
    }
    this.#finish(queue, base, { head, done, size });
    return true;
  }

  /** Reports descriptors as done and moves the head. */
  #finish(
    queue: TransmitQueue,
    base: number,
    ring: { head: number; done: number; size: number },
  ): void {
    const registers = this.#registers;
    const descriptors = this.#descriptors;
    const { head, done, size } = ring;
    let reports = false;
    for (let index = 0; index < done; index++) {
      if (!descriptors.wantsReport(index)) continue;
      reports = true;
      descriptors.markDone(index);
    }
    const newHead = (head + done) % size;
    const headPlace = registers.get(base + TDWBAL);
    if (reports && (headPlace & 1) !== 0) {
      const address =
        (BigInt(registers.get(base + TDWBAH)) << 32n) | BigInt((headPlace & ~3) >>> 0);
      this.#dma.write(address, Uint8Array.of(newHead, newHead >>> 8, newHead >>> 16, 0));
    } else if (reports) this.#moveRing(base, head, done, size, true);
    registers.set(base + TDH, newHead);
    if (reports) this.#sink.reported(queue.number);
  }
}
