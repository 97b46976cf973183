// Firmware download, commit and slots (NVM Express 1.4 §5.11, §5.12, §8.1).
import { beforeEach, describe, expect, it } from 'vitest';
import { NvmeBench } from './nvme-bench.js';

const [GET_LOG, IDENTIFY, COMMIT, DOWNLOAD] = [2, 6, 0x10, 0x11];
const [STORE, STORE_AND_ACTIVATE, ACTIVATE, NOW] = [0, 1, 2, 3];

let nvme: NvmeBench;

beforeEach(() => {
  nvme = new NvmeBench().enable();
});

/** Downloads a part of an image that begins with this text. */
function download(text: string, offset = 0, bytes = 4096): number {
  nvme.data(8192).fill(0);
  nvme.data(text.length).set(Buffer.from(text, 'latin1'));
  return nvme.admin({ opcode: DOWNLOAD, dwords: [bytes / 4 - 1, offset / 4] }).status;
}

const commit = (action: number, slot: number): number =>
  nvme.admin({ opcode: COMMIT, dwords: [(action << 3) | slot] }).status;

function revision(): string {
  nvme.admin({ opcode: IDENTIFY, dwords: [1] });
  return Buffer.from(nvme.data(8, 64)).toString('latin1').trim();
}

/** The slot that runs, the one that will after a reset, and what is in them. */
function slots(): unknown[] {
  nvme.admin({ opcode: GET_LOG, dwords: [(127 << 16) | 3] });
  const [info = 0] = nvme.data(1);
  const texts = [1, 2, 3].map((slot) =>
    Buffer.from(nvme.data(8, 8 * slot))
      .toString('latin1')
      .replace(/[\0 ]+$/, ''),
  );
  return [info & 7, (info >> 4) & 7, ...texts];
}

describe('an image', () => {
  it('that is stored runs when it was activated and the controller reset', () => {
    expect([download('2.0beta7'), commit(STORE, 2)]).toEqual([0, 0]);
    expect(slots()).toEqual([1, 0, '1.0', '2.0beta7', '']);
    expect(commit(ACTIVATE, 2)).toBe(0);
    expect([slots().slice(0, 2), revision()]).toEqual([[1, 2], '1.0']);
    nvme.enable();
    expect([slots().slice(0, 2), revision()]).toEqual([[2, 0], '2.0beta7']);
  });

  it('runs at once, if that is asked for', () => {
    download('3.1     ');
    expect([commit(NOW, 3), revision()]).toEqual([0, '3.1']);
    expect([commit(NOW, 1), revision()]).toEqual([0, '1.0']);
  });

  it('goes to the slot that the controller chooses for 0', () => {
    download('first   ');
    commit(STORE, 0);
    download('second  ');
    commit(STORE_AND_ACTIVATE, 0);
    expect(slots()).toEqual([1, 3, '1.0', 'first', 'second']);
  });

  it('comes in parts, in any order, which must not overlap', () => {
    expect([download('', 4096), download('5.0     '), download('', 4096)]).toEqual([0, 0, 0x114]);
    expect([commit(STORE, 2), slots()[3]]).toEqual([0, '5.0']);
  });
});

describe('what can not be', () => {
  it('no image, one with a hole, or one that begins with no revision', () => {
    expect(commit(STORE, 2)).toBe(0x107);
    download('6.0     ');
    download('', 8192);
    expect(commit(STORE, 2)).toBe(0x107);
    download('\x7fELF\x02\x01\x01\x00');
    expect(commit(STORE, 2)).toBe(0x107);
    expect(slots()).toEqual([1, 0, '1.0', '', '']);
  });

  it('slots that are read-only, empty, or not there', () => {
    download('7.0     ');
    expect([commit(STORE, 1), commit(STORE, 4)]).toEqual([0x106, 0x106]);
    expect([commit(ACTIVATE, 3), commit(ACTIVATE, 0)]).toEqual([0x107, 0x106]);
    expect(commit(6, 2)).toBe(0x02);
  });

  it('parts of other sizes than Identify allows', () => {
    expect([download('8.0     ', 512), download('8.0     ', 4 * 2 ** 20)]).toEqual([0x02, 0x02]);
    expect(nvme.admin({ opcode: DOWNLOAD, dwords: [0xffff_ffff, 0] }).status).toBe(0x02);
  });

  it('what was downloaded and not stored is gone with a reset', () => {
    download('9.0     ');
    nvme.enable();
    expect(commit(STORE, 2)).toBe(0x107);
  });
});
