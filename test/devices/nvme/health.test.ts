// SMART / health counters and the error log (NVM Express 1.4 §5.14.1.1, §5.14.1.2).
import { beforeEach, describe, expect, it } from 'vitest';
import { CC } from '../../../src/devices/nvme/registers.js';
import { ENABLE, NvmeBench, PLACES } from './nvme-bench.js';

const [GET_LOG, SET] = [2, 9];
const [WRITE, READ, COMPARE, WRITE_ZEROES, VERIFY] = [1, 2, 5, 8, 12];

let nvme: NvmeBench;

beforeEach(() => {
  nvme = new NvmeBench().enable().createQueues();
});

/** A counter of the health log. */
function counter(at: number): number {
  const { status } = nvme.admin({ opcode: GET_LOG, dwords: [(127 << 16) | 2] });
  expect(status).toBe(0);
  return Number(nvme.view.getBigUint64(PLACES.data + at, true));
}

const dataUnitsRead = (): number => counter(32);
const dataUnitsWritten = (): number => counter(48);
const readCommands = (): number => counter(64);
const writeCommands = (): number => counter(80);
const powerCycles = (): number => counter(112);
const powerOnHours = (): number => counter(128);
const unsafeShutdowns = (): number => counter(144);
const errorEntries = (): number => counter(176);

const eightBlocks = { dwords: [0, 0, 7] };

describe('counters', () => {
  it('reads count with compares, and verifies as data only', () => {
    for (const opcode of [READ, COMPARE, VERIFY]) nvme.io({ opcode, ...eightBlocks });
    expect(readCommands()).toBe(2);
    // 24 blocks; a unit is a thousand, rounded up.
    expect(dataUnitsRead()).toBe(1);
    for (let count = 0; count < 123; count++) nvme.io({ opcode: VERIFY, ...eightBlocks });
    expect(dataUnitsRead()).toBe(2);
  });

  it('writes count; write zeroes moves no data', () => {
    nvme.io({ opcode: WRITE, ...eightBlocks });
    nvme.io({ opcode: WRITE_ZEROES, ...eightBlocks });
    expect([writeCommands(), dataUnitsWritten()]).toEqual([1, 1]);
  });

  it('commands that fail do not count, but are errors', () => {
    nvme.io({ opcode: READ, dwords: [99_999] });
    nvme.io({ opcode: WRITE, prp1: 1 });
    nvme.admin({ opcode: 0x7f });
    expect([readCommands(), writeCommands(), errorEntries()]).toEqual([0, 0, 3]);
  });

  it('hours pass while power is on', () => {
    const { timers } = nvme.machine.kernel;
    timers.fireNext(timers.nowMs + 2.5 * 3_600_000);
    expect(powerOnHours()).toBe(2);
  });

  /** Loses power, or is reset, and is driven again. */
  const comeBack = (cause: 'power-on' | 'flr'): void => {
    nvme.member.hardwareReset(cause);
    nvme.member.enable();
    nvme.member.setMaster(true);
    nvme.enable();
  };

  it('power that goes without a shutdown is unsafe', () => {
    expect([powerCycles(), unsafeShutdowns()]).toEqual([1, 0]);
    comeBack('power-on');
    expect([powerCycles(), unsafeShutdowns()]).toEqual([2, 1]);
  });

  it('after a shutdown it is not', () => {
    nvme.write(CC, ENABLE | (1 << 14));
    comeBack('power-on');
    expect([powerCycles(), unsafeShutdowns()]).toEqual([2, 0]);
  });

  it('resets are no loss of power', () => {
    comeBack('flr');
    expect([powerCycles(), unsafeShutdowns()]).toEqual([1, 0]);
  });
});

describe('temperature', () => {
  const warning = (): number => {
    nvme.admin({ opcode: GET_LOG, dwords: [(127 << 16) | 2] });
    return nvme.data(1)[0] ?? -1;
  };
  const setThreshold = (value: number): number =>
    nvme.admin({ opcode: SET, dwords: [4, value] }).status;
  const UNDER = 1 << 20;

  it('is critical at a threshold above or below', () => {
    expect(warning()).toBe(0);
    setThreshold(0x143);
    expect(warning()).toBe(2);
    setThreshold(0x157);
    setThreshold(UNDER | 0x143);
    expect(warning()).toBe(2);
    expect(nvme.admin({ opcode: 10, dwords: [4, UNDER] }).result).toBe(0x143);
    expect(nvme.admin({ opcode: 10, dwords: [4] }).result).toBe(0x157);
  });

  it('there is no second sensor', () => {
    expect([setThreshold(1 << 16), setThreshold(2 << 20)]).toEqual([0x02, 0x02]);
  });
});

describe('the error log', () => {
  it('has an entry of each failed command, 64 of them at most', () => {
    for (let count = 0; count < 70; count++) nvme.io({ opcode: READ, dwords: [10_000 + count] });
    nvme.admin({ opcode: GET_LOG, prp2: PLACES.lists, dwords: [(1023 << 16) | 1] });
    const entry = (index: number) => {
      const at = PLACES.data + 64 * index;
      return [nvme.view.getBigUint64(at, true), nvme.view.getBigUint64(at + 16, true)];
    };
    expect(entry(0)).toEqual([70n, 10_069n]);
    expect(entry(63)).toEqual([7n, 10_006n]);
  });
});
