// The educational device, register by register (QEMU, docs/specs/edu).
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { BUFFER_START, EDU_REGISTERS } from '../../../src/devices/edu/registers.js';
import { EduBench } from './edu-bench.js';

const {
  DMA_COMMAND,
  DMA_COUNT,
  DMA_DESTINATION,
  DMA_SOURCE,
  FACTORIAL,
  IDENTIFICATION,
  INTERRUPT_ACKNOWLEDGE,
  INTERRUPT_RAISE,
  INTERRUPT_STATUS,
  LIVENESS,
  STATUS,
} = EDU_REGISTERS.offsets;

let edu: EduBench;

beforeEach(() => {
  edu = new EduBench();
});

describe('registers', () => {
  it('identification is version 1.0 of edu', () => {
    expect(edu.read(IDENTIFICATION)).toBe(0x010000ed);
  });

  it('liveness reads as the inversion of what was written', () => {
    edu.write(LIVENESS, 0xcafebabe);
    expect(edu.read(LIVENESS)).toBe(~0xcafebabe >>> 0);
  });

  it('accesses of other than 4 bytes read 0, write nothing, and are reported', () => {
    expect(edu.bar.read(IDENTIFICATION, 1)).toBe(0);
    edu.bar.write(LIVENESS, 2, 0xffff);
    expect(edu.read(LIVENESS)).toBe(0);
    expect(edu.member.diagnostics.unmodelledRegisters).toEqual([
      { bar: 0, offset: IDENTIFICATION, reads: 1, writes: 0 },
      { bar: 0, offset: LIVENESS, reads: 0, writes: 1 },
    ]);
  });

  it('what is no register reads as ones and is reported', () => {
    expect(edu.read(0x0c)).toBe(0xffff_ffff);
    expect(edu.read(INTERRUPT_RAISE)).toBe(0xffff_ffff);
    expect(edu.member.diagnostics.unmodelledAccesses).toBe(1);
  });

  it('a reset brings back the first state', () => {
    edu.write(LIVENESS, 1);
    edu.write(INTERRUPT_RAISE, 1);
    edu.member.hardwareReset('bus');
    edu.member.enable();
    expect(edu.read(LIVENESS)).toBe(0);
    expect(edu.read(INTERRUPT_STATUS)).toBe(0);
    expect(edu.member.interrupts.isIntxPending).toBe(false);
  });
});

describe('factorial', () => {
  it.each([
    [0, 1],
    [1, 1],
    [5, 120],
    [12, 479001600],
    [13, 1932053504],
    [33, 2147483648],
    [34, 0],
    [0xffff_ffff, 0],
  ])('of %i is %i, modulo 2³²', (n, result) => {
    edu.write(FACTORIAL, n);
    edu.wait();
    expect(edu.read(FACTORIAL)).toBe(result);
  });

  it('says that it is computing, and takes no other number meanwhile', () => {
    edu.write(FACTORIAL, 5);
    expect(edu.read(STATUS)).toBe(0x01);
    edu.write(FACTORIAL, 3);
    edu.wait();
    expect(edu.read(STATUS)).toBe(0);
    expect(edu.read(FACTORIAL)).toBe(120);
  });

  it('raises an interrupt when it is done, if the status register says so', () => {
    edu.enableInterrupts('msi');
    edu.write(STATUS, 0x80);
    edu.write(FACTORIAL, 5);
    expect(edu.interruptCount).toBe(0);
    edu.wait();
    expect(edu.interruptCount).toBe(1);
    expect(edu.read(INTERRUPT_STATUS)).toBe(1);
  });
});

describe('interrupts', () => {
  it('values add up in the interrupt status until they are acknowledged', () => {
    edu.write(INTERRUPT_RAISE, 0x5);
    edu.write(INTERRUPT_RAISE, 0x8000_0000);
    expect(edu.read(INTERRUPT_STATUS)).toBe(0x8000_0005);
    edu.write(INTERRUPT_ACKNOWLEDGE, 0x4);
    expect(edu.read(INTERRUPT_STATUS)).toBe(0x8000_0001);
  });

  it('INTx stays raised until all is acknowledged', () => {
    edu.enableInterrupts('intx');
    edu.write(INTERRUPT_RAISE, 3);
    edu.write(INTERRUPT_ACKNOWLEDGE, 1);
    expect(edu.member.interrupts.isIntxPending).toBe(true);
    edu.write(INTERRUPT_ACKNOWLEDGE, 2);
    expect(edu.member.interrupts.isIntxPending).toBe(false);
    expect(edu.interruptCount).toBe(1);
  });

  it('MSI sends a message each time', () => {
    edu.enableInterrupts('msi');
    edu.write(INTERRUPT_RAISE, 1);
    edu.write(INTERRUPT_RAISE, 2);
    expect(edu.interruptCount).toBe(2);
  });
});

describe('DMA', () => {
  const start = (source: number, destination: number, count: number, command: number): void => {
    edu.write(DMA_SOURCE, source);
    edu.write(DMA_DESTINATION, destination);
    edu.write(DMA_COUNT, count);
    edu.write(DMA_COMMAND, command);
  };

  it('carries bytes to the device and back', () => {
    edu.memory.set([1, 2, 3, 4], 0x100);
    start(0x100, BUFFER_START + 16, 4, 1);
    edu.wait();
    start(BUFFER_START + 16, 0x200, 4, 3);
    edu.wait();
    expect([...edu.memory.subarray(0x200, 0x204)]).toEqual([1, 2, 3, 4]);
  });

  it('runs until its time is over, and its registers can’t be changed meanwhile', () => {
    start(0x100, BUFFER_START, 4, 1);
    edu.write(DMA_COUNT, 8);
    expect(edu.read(DMA_COMMAND)).toBe(1);
    edu.wait();
    expect(edu.read(DMA_COMMAND)).toBe(0);
    expect(edu.read(DMA_COUNT)).toBe(4);
  });

  it('raises 0x100 when it is done, if the command says so', () => {
    edu.enableInterrupts('msi');
    start(0x100, BUFFER_START, 4, 5);
    edu.wait();
    expect(edu.interruptCount).toBe(1);
    expect(edu.read(INTERRUPT_STATUS)).toBe(0x100);
  });

  it('a command without the run bit does nothing', () => {
    start(0x100, BUFFER_START, 4, 4);
    expect(edu.read(DMA_COMMAND)).toBe(0);
  });

  it.each([
    ['before the buffer', BUFFER_START - 1, 4],
    ['behind the buffer', BUFFER_START + 4096, 1],
    ['over its end', BUFFER_START + 4090, 7],
  ])('%s is refused, with a line in the log, and completes', (_where, destination, count) => {
    edu.memory.fill(0xaa);
    start(0x100, destination, count, 1);
    edu.wait();
    expect(edu.read(DMA_COMMAND)).toBe(0);
    expect(edu.machine.log.at(-1)?.text).toContain('not within');
  });

  it('up to the last byte of the buffer is fine', () => {
    start(0x100, BUFFER_START, 4096, 1);
    edu.wait();
    expect(edu.machine.log.filter(({ level }) => level === 'warning')).toEqual([]);
  });

  it('an address of more than 28 bits loses the upper ones', () => {
    edu.memory[0x100] = 7;
    start(0x1000_0100, BUFFER_START, 1, 1);
    edu.wait();
    start(BUFFER_START, 0x200, 1, 3);
    edu.wait();
    expect(edu.memory[0x200]).toBe(7);
  });

  it('what the IOMMU refuses completes, and is a fault', () => {
    start(0x90_0000, BUFFER_START, 4, 1);
    edu.wait();
    expect(edu.read(DMA_COMMAND)).toBe(0);
    expect(edu.member.dma.faultCount).toBe(1);
  });
});

describe('a mapping of BAR 0', () => {
  it('shows what the registers hold', () => {
    edu.write(LIVENESS, 0xffff_0000);
    expect(edu.load(IDENTIFICATION)).toBe(0x010000ed);
    expect(edu.load(LIVENESS)).toBe(0x0000_ffff);
    expect(edu.load(0x0c)).toBe(0xffff_ffff);
  });

  it('takes stores', () => {
    edu.store(LIVENESS, 0xcafebabe);
    expect(edu.load(LIVENESS)).toBe(~0xcafebabe >>> 0);
    edu.store(FACTORIAL, 5);
    expect(edu.load(STATUS)).toBe(1);
    edu.wait();
    expect(edu.load(FACTORIAL)).toBe(120);
    expect(edu.read(FACTORIAL)).toBe(120);
  });

  it('raises and acknowledges the same value twice', () => {
    edu.enableInterrupts('intx');
    for (let i = 1; i <= 2; i++) {
      edu.store(INTERRUPT_RAISE, 1);
      expect(edu.load(INTERRUPT_STATUS)).toBe(1);
      edu.store(INTERRUPT_ACKNOWLEDGE, 0xffff_ffff);
      expect(edu.load(INTERRUPT_STATUS)).toBe(0);
      expect(edu.interruptCount).toBe(i);
    }
  });

  it('does DMA, though all registers are stored before anybody looks', () => {
    edu.memory.set([9, 8, 7], 0x300);
    const view = new DataView(edu.bar.bytes.buffer, edu.bar.bytes.byteOffset);
    view.setUint32(DMA_SOURCE, 0x300, true);
    view.setUint32(DMA_DESTINATION, BUFFER_START, true);
    view.setUint32(DMA_COUNT, 3, true);
    edu.store(DMA_COMMAND, 1);
    edu.wait();
    expect(edu.load(DMA_COMMAND)).toBe(0);
    view.setUint32(DMA_SOURCE, BUFFER_START, true);
    view.setUint32(DMA_DESTINATION, 0x400, true);
    edu.store(DMA_COMMAND, 3);
    edu.wait();
    expect([...edu.memory.subarray(0x400, 0x403)]).toEqual([9, 8, 7]);
  });
});

describe('any driver', () => {
  it('can do nothing that the device does not survive', () => {
    const step = fc.record({
      offset: fc.oneof(
        fc.constantFrom(0, 4, 8, 0x20, 0x24, 0x60, 0x64, 0x80, 0x88, 0x90, 0x98),
        fc.nat(0xf_ffff),
      ),
      size: fc.constantFrom(1, 2, 4) as fc.Arbitrary<1 | 2 | 4>,
      value: fc.oneof(fc.nat(0xffff_ffff), fc.constantFrom(1, 3, 7, BUFFER_START, 4096)),
      how: fc.constantFrom('read', 'write', 'store', 'wait'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const any = new EduBench();
        for (const { offset, size, value, how } of steps) {
          if (how === 'read') any.bar.read(offset, size);
          else if (how === 'write') any.bar.write(offset, size, value);
          else if (how === 'store') any.store(offset & 0xf_fffc, value);
          else any.wait();
        }
        any.wait();
        expect(any.read(IDENTIFICATION)).toBe(0x010000ed);
        expect(any.read(DMA_COMMAND) & 1).toBe(0);
      }),
      { numRuns: 100 },
    );
  });
});
