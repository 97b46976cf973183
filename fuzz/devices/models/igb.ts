/** What drivers say to an Intel 82576: rings that work, and descriptors that may. */
import * as register from '../../../src/devices/igb/registers.js';
import { type FuzzedDevice, MEMORY_SIZE } from '../fuzzed-device.js';
import type { Random } from '../random.js';
import type { Action, Vocabulary } from '../vocabulary.js';

const QUEUES = 2;
const ENTRIES = 32;
const DESCRIPTOR = 16;
const RING_BYTES = ENTRIES * DESCRIPTOR;
const TRANSMIT_RINGS = 0x10000;
const RECEIVE_RINGS = 0x12000;
const DATA = 0x20000;
/** Loopback in the MAC: what is sent comes back. */
const RECEIVE_ALL = 0x0400_8002 | register.RCTL_UPE | register.RCTL_MPE | register.RCTL_LPE;
const EVERYTHING = RECEIVE_ALL | register.RCTL_LBM_MAC;
const EOP_RS = 0x0900_0000;
const ADVANCED = 0x2000_0000;

/** Where data, or nothing, may be. */
function address(random: Random): number {
  if (random.oneIn(8)) return random.word();
  return random.oneIn(8) ? MEMORY_SIZE - random.below(4096) : DATA + random.below(0x80000);
}

function enable(device: FuzzedDevice): void {
  device.write(0, register.RCTL, 4, EVERYTHING);
  device.write(0, register.TCTL, 4, device.read(0, register.TCTL, 4) | register.TCTL_EN);
  for (let queue = 0; queue < QUEUES; queue++) {
    const transmit = register.transmitQueue(queue);
    device.write(0, transmit + register.TDBAL, 4, TRANSMIT_RINGS + RING_BYTES * queue);
    device.write(0, transmit + register.TDBAH, 4, 0);
    device.write(0, transmit + register.TDLEN, 4, RING_BYTES);
    device.write(0, transmit + register.TXDCTL, 4, register.QUEUE_ENABLE);
    const receive = register.receiveQueue(queue);
    device.write(0, receive + register.RDBAL, 4, RECEIVE_RINGS + RING_BYTES * queue);
    device.write(0, receive + register.RDBAH, 4, 0);
    device.write(0, receive + register.RDLEN, 4, RING_BYTES);
    device.write(0, receive + register.RXDCTL, 4, register.QUEUE_ENABLE);
  }
}

/** Puts a descriptor into a transmit ring, at its tail. */
function transmit(device: FuzzedDevice, queue: number, words: readonly number[]): void {
  const base = register.transmitQueue(queue);
  const tail = device.read(0, base + register.TDT, 4) % ENTRIES;
  const at = TRANSMIT_RINGS + RING_BYTES * queue + DESCRIPTOR * tail;
  for (const [index, word] of words.entries()) {
    device.view.setUint32(at + 4 * index, word >>> 0, true);
  }
  device.write(0, base + register.TDT, 4, (tail + 1) % ENTRIES);
}

const bringUp: Action = (device) => {
  device.say('bring up');
  enable(device);
};

const giveBuffers: Action = (device, random) => {
  const queue = random.below(QUEUES);
  const base = register.receiveQueue(queue);
  const tail = random.oneIn(8) ? random.value() : random.below(ENTRIES);
  device.say(`buffers of queue ${queue} up to ${tail}`);
  for (let index = 0; index < ENTRIES; index++) {
    const at = RECEIVE_RINGS + RING_BYTES * queue + DESCRIPTOR * index;
    device.view.setUint32(at, address(random), true);
    device.view.setUint32(at + 4, random.oneIn(16) ? random.word() : 0, true);
    device.view.setUint32(at + 8, address(random), true);
    device.view.setUint32(at + 12, 0, true);
  }
  // One of the formats, with buffers of 0 to 3 KiB and headers of 0 to 192 bytes.
  const formats = [0, 0x0200_0000, 0x0400_0000, 0x0a00_0000, 0x8200_0000];
  const format = formats[random.below(formats.length)] ?? 0;
  device.write(0, base + register.SRRCTL, 4, format | (random.below(4) << 8) | random.below(4));
  device.write(0, base + register.RDT, 4, tail);
};

const legacyPacket: Action = (device, random) => {
  const queue = random.below(QUEUES);
  const length = random.oneIn(8) ? random.below(0x1_0000) : random.below(1600);
  const command = (random.oneIn(4) ? random.word() & ~ADVANCED & ~0xffff : EOP_RS) | length;
  device.say(`legacy packet of ${length} bytes, queue ${queue}`);
  transmit(device, queue, [address(random), 0, command, random.word()]);
};

/** A packet of TCP or UDP, or what calls itself so, with a context that mostly is right for it. */
const offloadedPacket: Action = (device, random) => {
  const queue = random.below(QUEUES);
  const length = 60 + random.below(random.oneIn(4) ? 60000 : 3000);
  const lengths = random.oneIn(4) ? random.word() : (14 << 9) | 20 | (random.below(4096) << 16);
  const kind = random.below(4) << 11;
  const sizes = random.oneIn(4) ? random.word() : (1 + random.below(1460)) * 0x1_0000 + (20 << 8);
  device.say(`packet of ${length} bytes with a context, queue ${queue}`);
  transmit(device, queue, [lengths, 0, 0x2020_0000 | kind | (random.below(2) << 10), sizes]);
  const segmented = random.oneIn(2) ? 0x8000_0000 : 0;
  const tagged = random.oneIn(4) ? 0x4000_0000 : 0;
  const command = 0x2030_0000 | EOP_RS | segmented | tagged | (length & 0xffff);
  const options = (random.below(4) << 8) | (length << 14);
  transmit(device, queue, [address(random), 0, command, options]);
};

export const igb: Vocabulary = {
  options: [{}, { net: 'lan0' }],
  registers: {
    0: [
      register.CTRL,
      register.STATUS,
      register.EERD,
      register.MDIC,
      register.RCTL,
      register.TCTL,
      register.ICR,
      register.IMS,
      register.EIMS,
      register.GPIE,
      register.IVAR,
      register.transmitQueue(0) + register.TDT,
      register.transmitQueue(0) + register.TDH,
      register.transmitQueue(0) + register.TDLEN,
      register.receiveQueue(0) + register.RDT,
      register.receiveQueue(0) + register.RDH,
      register.receiveQueue(0) + register.RDLEN,
      register.receiveQueue(0) + register.SRRCTL,
    ],
  },
  values: [EVERYTHING, register.CTRL_RST, register.QUEUE_ENABLE, RING_BYTES, ENTRIES - 1],
  actions: [bringUp, giveBuffers, legacyPacket, offloadedPacket],
  works(device) {
    enable(device);
    device.write(0, register.receiveQueue(0) + register.SRRCTL, 4, 0x0200_0002);
    device.view.setUint32(RECEIVE_RINGS, DATA, true);
    device.view.setUint32(RECEIVE_RINGS + 4, 0, true);
    device.view.setUint32(RECEIVE_RINGS + 8, 0, true);
    device.write(0, register.receiveQueue(0) + register.RDT, 4, 1);
    transmit(device, 0, [DATA + 0x1000, 0, EOP_RS | 64, 0]);
    const status = device.view.getUint32(RECEIVE_RINGS + 8, true);
    if ((status & 3) !== 3) throw new Error(`no packet comes back: status ${status.toString(16)}`);
  },
};
