// Malformed commands, and the status that each gets (NVM Express 1.4 §4.6.1): type × 256 + code, and whether
// the command would fail again (DNR).
import { beforeEach, describe, expect, it } from 'vitest';
import { type CommandFields, MEMORY_SIZE, NvmeBench, PLACES } from './nvme-bench.js';

const PAGE = 4096;
/** Blocks of the namespace, and pages that no memory is behind. */
const BLOCKS = 2048;
const NOWHERE = MEMORY_SIZE;
const ALL = 0xffff_ffff;
const SIXTEEN = 15 << 16;
const SGL = 0x40;

/** Opcodes by name, as the figures have them. */
const admin = {
  deleteSq: 0x00,
  createSq: 0x01,
  getLog: 0x02,
  deleteCq: 0x04,
  createCq: 0x05,
  identify: 0x06,
  setFeatures: 0x09,
  getFeatures: 0x0a,
  manage: 0x0d,
  commit: 0x10,
  download: 0x11,
  attach: 0x15,
  format: 0x80,
};
const io = { flush: 0, write: 1, read: 2, compare: 5, writeZeroes: 8, dataset: 9, verify: 12 };

type Case = readonly [what: string, status: number, command: CommandFields];

const ADMIN: readonly Case[] = [
  ['an opcode that there is not', 0x001, { opcode: 0x7f }],
  ['an opcode of a vendor', 0x001, { opcode: 0xc0 }],
  ['a fused command', 0x002, { opcode: admin.identify, flags: 1, dwords: [1] }],
  ['an SGL', 0x002, { opcode: admin.identify, flags: SGL, dwords: [1] }],
  ['data that is nowhere', 0x004, { opcode: admin.identify, prp1: NOWHERE, dwords: [1] }],
  ['data of an odd address', 0x013, { opcode: admin.identify, prp1: 0x10001, dwords: [1] }],
  ['Identify: a structure that there is not', 0x002, { opcode: admin.identify, dwords: [0x7f] }],
  ['Identify: no namespace', 0x00b, { opcode: admin.identify, nsid: 0, dwords: [0] }],
  ['Identify: a namespace beyond NN', 0x00b, { opcode: admin.identify, nsid: 2, dwords: [0] }],
  ['Identify: a list behind the last', 0x00b, { opcode: admin.identify, nsid: ALL, dwords: [2] }],
  [
    'Identify: another command set',
    0x002,
    { opcode: admin.identify, nsid: 1, dwords: [5, 2 << 24] },
  ],
  ['Create CQ: queue 0', 0x101, { opcode: admin.createCq, dwords: [SIXTEEN, 1] }],
  ['Create CQ: queue 65', 0x101, { opcode: admin.createCq, dwords: [SIXTEEN | 65, 1] }],
  ['Create CQ: one that is there', 0x101, { opcode: admin.createCq, dwords: [SIXTEEN | 1, 1] }],
  ['Create CQ: one entry', 0x102, { opcode: admin.createCq, dwords: [2, 1] }],
  ['Create CQ: too many entries', 0x102, { opcode: admin.createCq, dwords: [(2048 << 16) | 2, 1] }],
  ['Create CQ: not contiguous', 0x002, { opcode: admin.createCq, dwords: [SIXTEEN | 2, 0] }],
  [
    'Create CQ: inside of a page',
    0x013,
    { opcode: admin.createCq, prp1: PLACES.data + 64, dwords: [SIXTEEN | 2, 1] },
  ],
  [
    'Create CQ: a vector without MSI-X',
    0x108,
    { opcode: admin.createCq, dwords: [SIXTEEN | 2, (1 << 16) | 3] },
  ],
  [
    'Create CQ: a vector that there is not',
    0x108,
    { opcode: admin.createCq, dwords: [SIXTEEN | 2, (65 << 16) | 3] },
  ],
  [
    'Create SQ: completing with the admin queue',
    0x101,
    { opcode: admin.createSq, dwords: [SIXTEEN | 2, 1] },
  ],
  [
    'Create SQ: completing in a queue that is not there',
    0x100,
    { opcode: admin.createSq, dwords: [SIXTEEN | 2, (2 << 16) | 1] },
  ],
  [
    'Create SQ: one that is there',
    0x101,
    { opcode: admin.createSq, dwords: [SIXTEEN | 1, (1 << 16) | 1] },
  ],
  ['Delete SQ: the admin queue', 0x101, { opcode: admin.deleteSq, dwords: [0] }],
  ['Delete SQ: one that is not there', 0x101, { opcode: admin.deleteSq, dwords: [9] }],
  ['Delete CQ: the admin queue', 0x101, { opcode: admin.deleteCq, dwords: [0] }],
  ['Delete CQ: one in use', 0x10c, { opcode: admin.deleteCq, dwords: [1] }],
  ['Get Log Page: one that there is not', 0x109, { opcode: admin.getLog, dwords: [0x7f] }],
  ['Get Log Page: behind its end', 0x002, { opcode: admin.getLog, dwords: [2, 0, 516] }],
  ['Get Log Page: from inside of a dword', 0x002, { opcode: admin.getLog, dwords: [2, 0, 2] }],
  ['Get Log Page: health of a namespace', 0x002, { opcode: admin.getLog, nsid: 1, dwords: [2] }],
  ['Get Features: one that there is not', 0x002, { opcode: admin.getFeatures, dwords: [0x7f] }],
  ['Get Features: a value of no kind', 0x002, { opcode: admin.getFeatures, dwords: [0x401] }],
  ['Get Features: of no namespace', 0x00b, { opcode: admin.getFeatures, dwords: [5] }],
  ['Get Features: vector 65', 0x002, { opcode: admin.getFeatures, dwords: [9, 65] }],
  ['Set Features: one that there is not', 0x002, { opcode: admin.setFeatures, dwords: [0x7f] }],
  ['Set Features: to be saved', 0x10d, { opcode: admin.setFeatures, dwords: [0x8000_0006, 1] }],
  ['Set Features: another power state', 0x002, { opcode: admin.setFeatures, dwords: [2, 1] }],
  ['Set Features: 65536 queues', 0x002, { opcode: admin.setFeatures, dwords: [7, 0xffff] }],
  ['Set Features: queues too late', 0x00c, { opcode: admin.setFeatures, dwords: [7, 0] }],
  ['Set Features: vector 65', 0x002, { opcode: admin.setFeatures, dwords: [9, 65] }],
  ['Set Features: a second sensor', 0x002, { opcode: admin.setFeatures, dwords: [4, 1 << 16] }],
  ['Set Features: of namespace 2', 0x00b, { opcode: admin.setFeatures, nsid: 2, dwords: [6, 1] }],
  ['Firmware Commit: nothing downloaded', 0x107, { opcode: admin.commit, dwords: [2] }],
  ['Firmware Commit: slot 4', 0x106, { opcode: admin.commit, dwords: [4] }],
  ['Firmware Commit: a boot partition', 0x002, { opcode: admin.commit, dwords: [(6 << 3) | 2] }],
  ['Firmware Download: too much', 0x002, { opcode: admin.download, dwords: [ALL] }],
  ['Namespace Management: no such thing', 0x002, { opcode: admin.manage, dwords: [2] }],
  ['Namespace Management: delete 2', 0x00b, { opcode: admin.manage, nsid: 2, dwords: [1] }],
  ['Namespace Attachment: no such thing', 0x002, { opcode: admin.attach, nsid: 1, dwords: [2] }],
  ['Namespace Attachment: no list', 0x11c, { opcode: admin.attach, nsid: 1, dwords: [0] }],
  ['Format NVM: another format', 0x10a, { opcode: admin.format, nsid: 1, dwords: [2] }],
  ['Format NVM: protection', 0x10a, { opcode: admin.format, nsid: 1, dwords: [1 << 5] }],
  ['Format NVM: cryptographic erase', 0x002, { opcode: admin.format, nsid: 1, dwords: [2 << 9] }],
  ['Format NVM: no namespace', 0x00b, { opcode: admin.format, nsid: 0, dwords: [0] }],
];

const IO: readonly Case[] = [
  ['an opcode that there is not', 0x001, { opcode: 0x7f }],
  ['a fused command', 0x002, { opcode: io.compare, flags: 1 }],
  ['no namespace', 0x00b, { opcode: io.read, nsid: 0 }],
  ['all namespaces', 0x00b, { opcode: io.read, nsid: ALL }],
  ['a namespace beyond NN', 0x00b, { opcode: io.flush, nsid: 2 }],
  ['Read: past the end', 0x080, { opcode: io.read, dwords: [BLOCKS - 1, 0, 1] }],
  ['Read: far past the end', 0x080, { opcode: io.read, dwords: [ALL, ALL, 0] }],
  ['Read: more than MDTS', 0x002, { opcode: io.read, dwords: [0, 0, 1024] }],
  ['Read: to nowhere', 0x004, { opcode: io.read, prp1: NOWHERE }],
  ['Read: to an odd address', 0x013, { opcode: io.read, prp1: PLACES.data + 2 }],
  [
    'Read: second page of no page',
    0x013,
    { opcode: io.read, prp2: PLACES.data + 8, dwords: [0, 0, 15] },
  ],
  ['Read: a list that is nowhere', 0x004, { opcode: io.read, prp2: NOWHERE, dwords: [0, 0, 31] }],
  ['Read: a list of no qwords', 0x013, { opcode: io.read, prp2: 4, dwords: [0, 0, 31] }],
  ['Read: an SGL with metadata of its own', 0x002, { opcode: io.read, flags: 2 * SGL }],
  ['Read: an empty SGL', 0x00f, { opcode: io.read, flags: SGL }],
  ['Write: past the end', 0x080, { opcode: io.write, dwords: [BLOCKS] }],
  ['Write: from nowhere', 0x004, { opcode: io.write, prp1: NOWHERE }],
  ['Compare: past the end', 0x080, { opcode: io.compare, dwords: [BLOCKS] }],
  ['Compare: other data', 0x285, { opcode: io.compare, prp1: PLACES.lists }],
  ['Write Zeroes: past the end', 0x080, { opcode: io.writeZeroes, dwords: [1, 0, BLOCKS - 1] }],
  ['Verify: past the end', 0x080, { opcode: io.verify, dwords: [BLOCKS] }],
  ['Verify: more than its limit', 0x002, { opcode: io.verify, dwords: [0, 0, 1024] }],
  ['Dataset Management: ranges from nowhere', 0x004, { opcode: io.dataset, prp1: NOWHERE }],
  ['Dataset Management: past the end', 0x080, { opcode: io.dataset, prp1: PLACES.lists + PAGE }],
];

/** What a retry may find gone. */
const RETRYABLE = new Set([0x004]);

let nvme: NvmeBench;

beforeEach(() => {
  nvme = new NvmeBench().enable().createQueues();
  nvme.view.setUint8(PLACES.lists, 1);
  // A range of blocks that begins behind the last.
  nvme.view.setUint32(PLACES.lists + PAGE + 4, 1, true);
  nvme.view.setUint32(PLACES.lists + PAGE + 8, BLOCKS, true);
});

/** Runs it, and then one that is right. @returns the status field, with DNR */
function statusOf(queue: number, command: CommandFields): number {
  nvme.submit(queue, command);
  const field = nvme.nextStatusField(queue);
  nvme.take(queue);
  expect(nvme.io({ opcode: io.read }).status).toBe(0);
  return field;
}

function expected(status: number): number {
  return RETRYABLE.has(status) ? status : status | 0x4000;
}

describe('admin commands', () => {
  it.each(ADMIN)('%s: 0x%x', (_, status, command) => {
    expect(statusOf(0, command)).toBe(expected(status));
  });
});

describe('I/O commands', () => {
  it.each(IO)('%s: 0x%x', (_, status, command) => {
    expect(statusOf(1, { nsid: 1, ...command })).toBe(expected(status));
  });

  it('an empty namespace identifier is not the one of Flush either', () => {
    expect(statusOf(1, { opcode: io.flush, nsid: 0 })).toBe(0x400b);
  });
});
