/** What drivers say to an NVMe controller: queues that work, and commands that may. */
import { Admin, Io } from '../../../src/devices/nvme/command.js';
import * as register from '../../../src/devices/nvme/registers.js';
import { type FuzzedDevice, MEMORY_SIZE } from '../fuzzed-device.js';
import type { Random } from '../random.js';
import type { Action, Vocabulary } from '../vocabulary.js';

/** CC: 64-byte commands, 16-byte completions, enabled. */
const ENABLE = 0x0046_0001;
const PAGE = 4096;
/** Queue n: its commands begin here, its completions a page behind. */
const queueAt = (id: number): number => 0x10000 + 2 * PAGE * id;
const ENTRIES = 32;
const QUEUES = 4;
/** Lists of PRPs and segments of SGLs are here; data is behind. */
const LISTS = 0x40000;
const LIST_PAGES = 16;

/** Where lists, data, or nothing may be. */
function address(random: Random): number {
  switch (random.below(8)) {
    case 0:
      return random.word();
    case 1:
      return LISTS + random.below(LIST_PAGES * PAGE);
    case 2:
      return MEMORY_SIZE - PAGE * random.below(3);
    default:
      return LISTS + PAGE * random.below(MEMORY_SIZE / PAGE - LISTS / PAGE);
  }
}

/** Where the driver says that its queue ends, by queue. */
function tailOf(device: FuzzedDevice, queue: number): number {
  return device.view.getUint32(queueAt(QUEUES) + 4 * queue, true) % ENTRIES;
}

function setTail(device: FuzzedDevice, queue: number, tail: number): void {
  device.view.setUint32(queueAt(QUEUES) + 4 * queue, tail, true);
}

function enable(device: FuzzedDevice): void {
  device.write(0, register.CC, 4, 0);
  device.write(0, register.AQA, 4, ((ENTRIES - 1) << 16) | (ENTRIES - 1));
  device.write(0, register.ASQ, 4, queueAt(0));
  device.write(0, register.ASQ + 4, 4, 0);
  device.write(0, register.ACQ, 4, queueAt(0) + PAGE);
  device.write(0, register.ACQ + 4, 4, 0);
  device.write(0, register.CC, 4, ENABLE);
  for (let queue = 0; queue < QUEUES; queue++) setTail(device, queue, 0);
}

/** Puts a command into a queue and rings, or leaves that to the next one: then they come together. */
function submit(
  device: FuzzedDevice,
  queue: number,
  dwords: readonly number[],
  isRung = true,
): void {
  const tail = tailOf(device, queue);
  const at = queueAt(queue) + 64 * tail;
  for (let index = 0; index < 16; index++) {
    device.view.setUint32(at + 4 * index, dwords[index] ?? 0, true);
  }
  setTail(device, queue, (tail + 1) % ENTRIES);
  if (!isRung) return;
  device.store(0, register.DOORBELLS + 8 * queue, (tail + 1) % ENTRIES);
}

/** The host takes completions: it follows the head that the controller wrote, or any. */
const takeCompletions: Action = (device, random) => {
  const queue = random.below(QUEUES);
  const head = random.oneIn(8) ? random.word() : tailOf(device, queue);
  device.say(`take completions of ${queue} up to ${head}`);
  device.store(0, register.DOORBELLS + 8 * queue + 4, head);
};

const bringUp: Action = (device, random) => {
  device.say('bring up');
  enable(device);
  for (let id = 1; id < QUEUES; id++) {
    const sizes = ((ENTRIES - 1) << 16) | id;
    const interrupts = random.oneIn(2) ? 3 : 1;
    submit(device, 0, [
      Admin.createCompletionQueue,
      0,
      0,
      0,
      0,
      0,
      queueAt(id) + PAGE,
      0,
      0,
      0,
      sizes,
      interrupts,
    ]);
    submit(device, 0, [
      Admin.createSubmissionQueue,
      0,
      0,
      0,
      0,
      0,
      queueAt(id),
      0,
      0,
      0,
      sizes,
      (id << 16) | 1,
    ]);
  }
};

/** Fills a page of lists with PRPs, or with descriptors of an SGL. */
const writeList: Action = (device, random) => {
  const at = LISTS + PAGE * random.below(LIST_PAGES);
  const isSgl = random.oneIn(2);
  device.say(`write ${isSgl ? 'descriptors' : 'PRPs'} at ${at.toString(16)}`);
  for (let place = at; place < at + PAGE; place += isSgl ? 16 : 8) {
    device.view.setBigUint64(place, BigInt(address(random)), true);
    if (!isSgl) continue;
    device.view.setUint32(place + 8, random.pick([0, 16, 64, 512, 4096, random.value()]), true);
    device.view.setUint32(place + 12, random.pick([0, 0, 0, 0x10, 0x20, 0x30, 0x40]) << 24, true);
  }
};

/** Commands that take the namespace away, after which most others fail: they come less often. */
const RARE: readonly number[] = [Admin.namespaceManagement, Admin.namespaceAttachment];

function opcodeFor(queue: number, random: Random): number {
  if (random.oneIn(16)) return random.below(256);
  const known: readonly number[] = Object.values(queue === 0 ? Admin : Io);
  const opcode = known[random.below(known.length)] ?? 0;
  return RARE.includes(opcode) && !random.oneIn(8) ? Admin.identify : opcode;
}

/** Dwords 10 to 15: mostly a first block, and a number of blocks, that there are. */
function commandArguments(random: Random): readonly number[] {
  if (random.oneIn(4)) return Array.from({ length: 6 }, () => random.value());
  const forceUnitAccess = random.oneIn(4) ? 0x4000_0000 : 0;
  return [random.below(12), random.oneIn(16) ? 1 : 0, random.below(16) | forceUnitAccess];
}

const command: Action = (device, random) => {
  const queue = random.below(QUEUES);
  const opcode = opcodeFor(queue, random);
  const isSgl = queue > 0 && random.oneIn(3);
  const flags = random.oneIn(16) ? random.below(256) : isSgl ? 0x40 : 0;
  const second = isSgl
    ? [random.pick([512, 16, 4096, 8192, random.value()]), random.pick([0, 0x20, 0x30]) << 24]
    : [address(random), 0];
  const nsid = random.oneIn(8) ? random.pick([0, 2, 0xffff_ffff]) : 1;
  const first = (random.below(65_536) << 16) | (flags << 8) | opcode;
  const data = [address(random), 0, ...second];
  const isRung = random.oneIn(2);
  const when = isRung ? '' : ', not rung for';
  device.say(`command ${opcode.toString(16)} flags ${flags.toString(16)} in queue ${queue}${when}`);
  submit(device, queue, [first, nsid, 0, 0, 0, 0, ...data, ...commandArguments(random)], isRung);
};

/** Creates the namespace, and attaches it: one of both may be done already. */
const restoreNamespace: Action = (device, random) => {
  const blocks = 1 + random.below(128);
  device.say(`a namespace of ${blocks} blocks`);
  device.memory.fill(0, LISTS, LISTS + 2 * PAGE);
  device.view.setUint32(LISTS, blocks, true);
  device.view.setUint32(LISTS + 8, blocks, true);
  device.view.setUint16(LISTS + PAGE, 1, true);
  submit(device, 0, [Admin.namespaceManagement, 0, 0, 0, 0, 0, LISTS]);
  submit(device, 0, [Admin.namespaceAttachment, 1, 0, 0, 0, 0, LISTS + PAGE]);
};

export const nvme: Vocabulary = {
  options: [
    { size: '1M' },
    { size: '64K', block_size: '4096', queues: '2', queue_entries: '8' },
    { size: '1M', readonly: 'yes', queue_entries: '65536' },
    { size: '1M', file: 'an image that fails' },
  ],
  registers: {
    0: [
      register.CAP,
      register.VS,
      register.INTMS,
      register.INTMC,
      register.CC,
      register.CSTS,
      register.AQA,
      register.ASQ,
      register.ASQ + 4,
      register.ACQ,
      register.ACQ + 4,
      register.DOORBELLS,
      register.DOORBELLS + 4,
      register.DOORBELLS + 8,
      register.DOORBELLS + 12,
      register.DOORBELLS + 8 * 64,
    ],
  },
  values: [ENABLE, ENABLE | (1 << 14), 0, queueAt(0), queueAt(1), LISTS, 0x001f_001f],
  actions: [
    command,
    command,
    command,
    takeCompletions,
    command,
    writeList,
    bringUp,
    restoreNamespace,
  ],
  works(device) {
    enable(device);
    device.memory.fill(0, queueAt(0) + PAGE, queueAt(0) + 2 * PAGE);
    submit(device, 0, [Admin.identify, 0, 0, 0, 0, 0, LISTS, 0, 0, 0, 1]);
    device.pass(1);
    const status = device.view.getUint16(queueAt(0) + PAGE + 14, true);
    if (status !== 1) throw new Error(`after a reset, Identify ends with ${status.toString(16)}`);
  },
};
