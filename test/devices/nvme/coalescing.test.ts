// Interrupt coalescing (NVM Express 1.4 §5.21.1.8, §5.21.1.9, §7.5).
import { beforeEach, describe, expect, it } from 'vitest';
import { NvmeBench } from './nvme-bench.js';

const SET = 9;
const READ = 2;
const [COALESCING, VECTOR_CONFIGURATION] = [8, 9];
const COALESCING_DISABLE = 0x1_0000;
const VECTOR = 3;

let nvme: NvmeBench;

const set = (feature: number, value: number): void => {
  expect(nvme.admin({ opcode: SET, dwords: [feature, value] }).status).toBe(0);
  nvme.vectors.length = 0;
};

const read = (count: number): void => {
  for (let index = 0; index < count; index++) nvme.submit(1, { opcode: READ, nsid: 1 });
};

/** Lets time pass. */
const pass = (ms: number): void => {
  const { timers } = nvme.machine.kernel;
  const endMs = timers.nowMs + ms;
  while (timers.fireNext(endMs));
};

describe('MSI-X', () => {
  beforeEach(() => {
    nvme = new NvmeBench().enable();
    nvme.enableInterrupts('msix', 8);
    nvme.createQueues(64, VECTOR);
  });

  it('an interrupt waits for the threshold of entries', () => {
    set(COALESCING, (100 << 8) | (4 - 1));
    read(3);
    expect(nvme.vectors).toEqual([]);
    read(1);
    expect(nvme.vectors).toEqual([VECTOR]);
    read(8);
    expect(nvme.vectors).toEqual([VECTOR, VECTOR, VECTOR]);
  });

  it('it waits no longer than the aggregation time, in units of 100 µs', () => {
    set(COALESCING, (20 << 8) | 255);
    read(2);
    pass(1.9);
    expect(nvme.vectors).toEqual([]);
    pass(0.2);
    expect(nvme.vectors).toEqual([VECTOR]);
    pass(10);
    expect(nvme.vectors).toEqual([VECTOR]);
  });

  it('there is none when the host has taken all entries by itself', () => {
    set(COALESCING, (20 << 8) | 255);
    read(1);
    expect(nvme.take(1)?.status).toBe(0);
    pass(10);
    expect(nvme.vectors).toEqual([]);
  });

  it('a time of 0 turns it off, and so does the vector’s own setting', () => {
    set(COALESCING, 255);
    read(1);
    expect(nvme.vectors).toEqual([VECTOR]);
    set(COALESCING, (20 << 8) | 255);
    set(VECTOR_CONFIGURATION, COALESCING_DISABLE | VECTOR);
    read(1);
    expect(nvme.vectors).toEqual([VECTOR]);
    expect(nvme.admin({ opcode: 10, dwords: [VECTOR_CONFIGURATION, VECTOR] }).result).toBe(
      COALESCING_DISABLE | VECTOR,
    );
    expect(nvme.admin({ opcode: 10, dwords: [VECTOR_CONFIGURATION, 2] }).result).toBe(2);
  });

  it('admin commands never wait', () => {
    set(COALESCING, (20 << 8) | 255);
    nvme.admin({ opcode: 6, dwords: [1] });
    expect(nvme.vectors).toEqual([0]);
  });

  it('a reset ends the waiting', () => {
    set(COALESCING, (20 << 8) | 255);
    read(1);
    nvme.enable();
    nvme.vectors.length = 0;
    pass(10);
    expect(nvme.vectors).toEqual([]);
  });
});

it('INTx waits, too', () => {
  nvme = new NvmeBench().enable().createQueues();
  nvme.enableInterrupts('intx', 1);
  set(COALESCING, (20 << 8) | 1);
  nvme.take(0);
  read(1);
  expect(nvme.member.interrupts.isIntxPending).toBe(false);
  pass(3);
  expect(nvme.member.interrupts.isIntxPending).toBe(true);
});
