// Two 82576 on one cable, with memory that their DMA reaches, driven descriptor by descriptor.
import { igbModel } from '../../../src/devices/igb/index.js';
import * as registers from '../../../src/devices/igb/registers.js';
import { Iommu } from '../../../src/iommu/iommu.js';
import { iommuGroupOf } from '../../../src/iommu/iommu-group.js';
import type { NetworkPlan } from '../../../src/net/network-plan.js';
import type { DeviceOptions } from '../../../src/pci/device-model.js';
import type { InterruptKind } from '../../../src/pci/interrupts.js';
import { flatDomain } from '../../support/flat-domain.js';
import { TestPci } from '../../pci/test-pci.js';

export const MEMORY_SIZE = 0x300000;
/** Descriptors of each ring. */
export const RING = 64;
const DESCRIPTOR = 16;
const RECEIVE_BUFFER = 2048;
/** Where things lie in a card's memory; each queue has its own. */
const PLACES = { transmitRing: 0x1000, receiveRing: 0x8000, data: 0x20000, buffers: 0x40000 };

/** Commands of transmit descriptors: last of a packet, report it. */
export const EOP_RS = 0x09;
/** DTYP and commands of advanced descriptors. */
export const DATA = 0x2030_0000;
export const CONTEXT = 0x2020_0000;

export type Words = readonly [number, number, number, number];

/** What a receive descriptor says of a packet, and its data. */
export interface Received {
  readonly words: Words;
  readonly bytes: Uint8Array;
  readonly status: number;
  readonly vlan: number;
}

/** One card and the driver's half of its rings. */
export class Card {
  readonly memory = new Uint8Array(MEMORY_SIZE);
  readonly view = new DataView(this.memory.buffer);
  readonly vectors: number[] = [];
  readonly #machine: TestPci;
  readonly #address: string;
  /** Next descriptors to be used, by queue. */
  readonly #transmit = new Map<number, number>();
  readonly #receive = new Map<number, number>();
  #dataEnd = PLACES.data;

  constructor(machine: TestPci, address: string) {
    this.#machine = machine;
    this.#address = address;
    const group = iommuGroupOf(this.member.device);
    if (group !== undefined) group.domain = flatDomain(this.memory);
    this.member.setMaster(true);
  }

  get member() {
    return this.#machine.at(this.#address);
  }

  get bar() {
    const [bar] = this.member.bars;
    if (bar === undefined) throw new Error('there is no BAR 0');
    return bar;
  }

  /** BAR 0 as clients have it mapped. */
  get mapped(): DataView {
    const { bytes } = this.bar;
    if (bytes === undefined) throw new Error('BAR 0 is not mappable');
    this.bar.setMapped(true);
    return new DataView(bytes.buffer, bytes.byteOffset);
  }

  read(register: number): number {
    return this.bar.read(register, 4) >>> 0;
  }

  /** Registers are stored to memory from now on, and found by looking. */
  store: DataView | undefined;
  /** Whether the model looks behind a store: at once by default. */
  looksNow: () => boolean = () => true;

  write(register: number, value: number): void {
    if (this.store !== undefined) {
      this.store.setUint32(register, value >>> 0, true);
      if (this.looksNow()) this.#machine.kernel.pollers.poll();
    } else this.bar.write(register, 4, value >>> 0);
  }

  /** Brings the link up and turns both directions on, queue 0 with it. */
  start(): this {
    this.write(registers.CTRL, this.read(registers.CTRL) | registers.CTRL_SLU);
    this.write(registers.TCTL, this.read(registers.TCTL) | registers.TCTL_EN);
    const { RCTL_EN, RCTL_UPE, RCTL_MPE, RCTL_BAM, RCTL_SECRC } = registers;
    this.write(registers.RCTL, RCTL_EN | RCTL_UPE | RCTL_MPE | RCTL_BAM | RCTL_SECRC);
    return this.startQueue(0);
  }

  /** Gives a queue its rings, and all buffers but one. @param srrctl advanced descriptors, 2 KiB */
  startQueue(queue: number, srrctl = 0x0200_0002): this {
    const { transmitQueue, receiveQueue, QUEUE_ENABLE } = registers;
    const transmit = transmitQueue(queue);
    this.write(transmit + registers.TDBAL, this.#ringAt(PLACES.transmitRing, queue));
    this.write(transmit + registers.TDLEN, RING * DESCRIPTOR);
    this.write(transmit + registers.TXDCTL, QUEUE_ENABLE);
    const receive = receiveQueue(queue);
    this.write(receive + registers.RDBAL, this.#ringAt(PLACES.receiveRing, queue));
    this.write(receive + registers.RDLEN, RING * DESCRIPTOR);
    this.write(receive + registers.SRRCTL, srrctl);
    this.write(receive + registers.RXDCTL, QUEUE_ENABLE);
    for (let index = 0; index < RING; index++) this.#giveBuffer(queue, index);
    this.write(receive + registers.RDT, RING - 1);
    this.#transmit.set(queue, 0);
    this.#receive.set(queue, 0);
    return this;
  }

  /** Takes a queue's rings away. */
  stopQueue(queue: number): this {
    for (const ring of [registers.transmitQueue(queue), registers.receiveQueue(queue)]) {
      const { RXDCTL, RDBAH, RDH, RDT } = registers;
      for (const register of [RXDCTL, RDBAH, RDH, RDT]) this.write(ring + register, 0);
    }
    return this;
  }

  /** Puts data somewhere. @returns where */
  put(bytes: Uint8Array): number {
    if (this.#dataEnd + bytes.length > PLACES.buffers) this.#dataEnd = PLACES.data;
    const at = this.#dataEnd;
    this.memory.set(bytes, at);
    this.#dataEnd = Math.ceil((at + bytes.length) / 64) * 64;
    return at;
  }

  /** Puts descriptors into a transmit ring and tells the card. */
  transmit(descriptors: readonly Words[], queue = 0): void {
    let next = this.#transmit.get(queue) ?? 0;
    for (const words of descriptors) {
      const at = this.#ringAt(PLACES.transmitRing, queue) + DESCRIPTOR * next;
      for (const [index, word] of words.entries()) {
        this.view.setUint32(at + 4 * index, word >>> 0, true);
      }
      next = (next + 1) % RING;
    }
    this.#transmit.set(queue, next);
    this.write(registers.transmitQueue(queue) + registers.TDT, next);
  }

  /** Sends a frame with one legacy descriptor. */
  send(frame: Uint8Array, queue = 0): void {
    this.transmit([[this.put(frame), 0, (EOP_RS << 24) | frame.length, 0]], queue);
  }

  /** Sends a frame with an advanced descriptor, after a context if there is one. */
  sendAdvanced(frame: Uint8Array, options: { context?: Words; commands?: number; popts?: number }) {
    const { context, commands = 0, popts = 0 } = options;
    const command = (DATA | (EOP_RS << 24) | commands | frame.length) >>> 0;
    const data: Words = [this.put(frame), 0, command, (popts << 8) | (frame.length << 14)];
    this.transmit(context === undefined ? [data] : [context, data]);
  }

  /** Words of a transmit descriptor, as they are now. */
  transmitDescriptor(index: number, queue = 0): number[] {
    const at = this.#ringAt(PLACES.transmitRing, queue) + DESCRIPTOR * index;
    return [0, 4, 8, 12].map((offset) => this.view.getUint32(at + offset, true));
  }

  /** Takes the packets that have come, giving the buffers back. Pieces of a packet are put together. */
  take(queue = 0): Received[] {
    const packets: Received[] = [];
    let next = this.#receive.get(queue) ?? 0;
    let pieces: number[] = [];
    for (;;) {
      const at = this.#ringAt(PLACES.receiveRing, queue) + DESCRIPTOR * next;
      const [a = 0, b = 0, status = 0, last = 0] = [0, 4, 8, 12].map((offset) =>
        this.view.getUint32(at + offset, true),
      );
      if ((status & 1) === 0) break;
      const buffer = this.#bufferAt(queue, next);
      pieces.push(...this.memory.subarray(buffer, buffer + (last & 0xffff)));
      if ((status & 2) !== 0) {
        const bytes = Uint8Array.from(pieces);
        packets.push({ words: [a, b, status, last], bytes, status, vlan: last >>> 16 });
        pieces = [];
      }
      this.#giveBuffer(queue, next);
      next = (next + 1) % RING;
    }
    this.#receive.set(queue, next);
    this.write(registers.receiveQueue(queue) + registers.RDT, (next + RING - 1) % RING);
    return packets;
  }

  enableInterrupts(kind: InterruptKind, count: number): void {
    this.member.interrupts.enable(kind, count, (vector) => this.vectors.push(vector));
  }

  #ringAt(place: number, queue: number): number {
    return place + queue * RING * DESCRIPTOR;
  }

  #bufferAt(queue: number, index: number): number {
    return PLACES.buffers + (queue * RING + index) * RECEIVE_BUFFER;
  }

  #giveBuffer(queue: number, index: number): void {
    const at = this.#ringAt(PLACES.receiveRing, queue) + DESCRIPTOR * index;
    this.memory.fill(0, at, at + DESCRIPTOR);
    this.view.setUint32(at, this.#bufferAt(queue, index), true);
  }
}

export class IgbBench {
  readonly machine: TestPci;
  readonly a: Card;
  readonly b: Card;

  /** @param network what their cable is like, beside perfect */
  constructor(options: DeviceOptions = {}, network: Omit<NetworkPlan, 'name'> = {}) {
    const cable = { net: 'lan0', ...options };
    const cards = { '00:03.0': igbModel.describe(cable), '00:04.0': igbModel.describe(cable) };
    this.machine = new TestPci(cards, { iommu: new Iommu() }, [{ name: 'lan0', ...network }]);
    this.a = new Card(this.machine, '0000:00:03.0');
    this.b = new Card(this.machine, '0000:00:04.0');
  }

  /** Both cards started, and a link between them. */
  static linked(options: DeviceOptions = {}, network: Omit<NetworkPlan, 'name'> = {}): IgbBench {
    const bench = new IgbBench(options, network);
    bench.a.start();
    bench.b.start();
    bench.wait(100);
    return bench;
  }

  /** Gives both cards their rings anew. @returns whether a frame then arrives at each of them */
  worksAnew(): boolean {
    for (const card of [this.a, this.b]) card.stopQueue(0).startQueue(0).take();
    const frame = frameOf(77);
    this.a.send(frame);
    this.b.send(frame);
    const arrived = [...this.a.take(), ...this.b.take()];
    return arrived.length === 2 && arrived.every(({ bytes }) => Buffer.compare(bytes, frame) === 0);
  }

  /** Lets time pass. */
  wait(ms: number): void {
    const { timers } = this.machine.kernel;
    const until = timers.nowMs + ms;
    while (timers.fireNext(until));
  }

  /** Looks at mapped memory, as the machine does while somebody has it mapped. */
  look(): void {
    this.machine.kernel.pollers.poll();
  }
}

/** A frame between two stations, numbered, of at least 60 bytes. */
export function frameOf(length: number, number = 0): Uint8Array {
  const frame = Uint8Array.from({ length }, (_, index) => index * 7 + number);
  frame.set([0x52, 0x54, 0, 0, 0, 0x20, 0x52, 0x54, 0, 0, 0, 0x18, 0x88, 0xb5], 0);
  return frame;
}
