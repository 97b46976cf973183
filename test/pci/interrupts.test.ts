// Interrupts from the device to the driver: what has to be on for them to arrive.
import { beforeEach, describe, expect, it } from 'vitest';
import { msiCapability, msixCapability } from '../../src/pci/capabilities.js';
import type { PciFunction } from '../../src/pci/function.js';
import { TestPci } from './test-pci.js';

const COMMAND = 0x04;
const STATUS = 0x06;
const INTX_DISABLE = 0x400;

let member: PciFunction;
let fired: number[];

beforeEach(() => {
  fired = [];
  const machine = new TestPci({
    '00:03.0': {
      model: 'test',
      identity: { vendor: 1, device: 2, class: 0xff0000 },
      interruptPin: 1,
      bars: [{ index: 0, kind: 'memory32', size: 4096 }],
      capabilities: [
        msiCapability({ vectors: 4, offset: 0x40 }),
        msixCapability({
          vectors: 8,
          table: { bar: 0, offset: 0 },
          pending: { bar: 0, offset: 0x800 },
          offset: 0x60,
        }),
      ],
    },
  });
  member = machine.at('0000:00:03.0');
});

const handler = (vector: number): void => {
  fired.push(vector);
};

describe('INTx', () => {
  it('fires once when the line rises, and again after it fell', () => {
    const { interrupts } = member;
    interrupts.enable('intx', 1, handler);
    interrupts.setIntx(true);
    interrupts.setIntx(true);
    expect(fired).toEqual([0]);
    interrupts.setIntx(false);
    interrupts.setIntx(true);
    expect(fired).toEqual([0, 0]);
  });

  it('fires at once when enabled while the line is raised', () => {
    member.interrupts.setIntx(true);
    member.interrupts.enable('intx', 1, handler);
    expect(fired).toEqual([0]);
  });

  it('fires when unmasked while the line is still raised', () => {
    const { interrupts } = member;
    interrupts.enable('intx', 1, handler);
    interrupts.maskIntx();
    interrupts.setIntx(true);
    expect(fired).toEqual([]);
    interrupts.unmaskIntx();
    expect(fired).toEqual([0]);
  });

  it('waits for INTx disable to be lifted, and shows in the status register meanwhile', () => {
    const { interrupts, config } = member;
    interrupts.enable('intx', 1, handler);
    config.write(COMMAND, 2, config.read(COMMAND, 2) | INTX_DISABLE);
    interrupts.setIntx(true);
    expect(fired).toEqual([]);
    expect(config.read(STATUS, 2) & 0x8).toBe(0x8);
    config.write(COMMAND, 2, config.read(COMMAND, 2) & ~INTX_DISABLE);
    expect(fired).toEqual([0]);
  });

  it.each([
    ['at the interrupt controller', () => member.interrupts.maskIntx()],
    ['by INTx disable', () => member.config.write(COMMAND, 2, INTX_DISABLE)],
  ])('says that it waits while it is masked %s', (_, mask) => {
    const told: unknown[] = [];
    member.events.interrupt.subscribe(({ stage, reason }) => told.push([stage, reason]));
    member.interrupts.enable('intx', 1, handler);
    mask();
    member.interrupts.setIntx(true);
    expect(told).toEqual([
      ['raised', undefined],
      ['pending', 'masked'],
    ]);
  });
});

describe('MSI and MSI-X', () => {
  it('MSI needs bus mastering', () => {
    member.interrupts.enable('msi', 2, handler);
    member.interrupts.msi(1);
    expect(fired).toEqual([]);
    member.setMaster(true);
    member.interrupts.msi(1);
    expect(fired).toEqual([1]);
  });

  it('enabling tells the device: enable bit, vectors, address, and INTx off', () => {
    member.interrupts.enable('msi', 4, handler);
    expect(member.config.read(0x42, 2) & 0x71).toBe(0x21);
    expect(member.config.read(0x44, 4) >>> 20).toBe(0xfee);
    expect(member.config.read(COMMAND, 2) & INTX_DISABLE).toBe(INTX_DISABLE);
    member.interrupts.disable();
    expect(member.config.read(0x42, 2) & 0x71).toBe(0);
    expect(member.config.read(COMMAND, 2) & INTX_DISABLE).toBe(0);
  });

  it('a vector that was not given stays silent', () => {
    member.setMaster(true);
    member.interrupts.enable('msix', 2, handler);
    member.interrupts.msix(2);
    member.interrupts.msix(1);
    expect(fired).toEqual([1]);
  });

  it('a masked vector is delivered once, when it is unmasked', () => {
    member.setMaster(true);
    member.interrupts.enable('msix', 2, handler);
    member.interrupts.setVectorMasked(0, true);
    member.interrupts.msix(0);
    member.interrupts.msix(0);
    expect(fired).toEqual([]);
    member.interrupts.setVectorMasked(0, false);
    expect(fired).toEqual([0]);
  });

  it('one kind at a time, and no more vectors than there are', () => {
    const { interrupts } = member;
    expect(() => interrupts.enable('msi', 5, handler)).toThrow('ENOSPC');
    interrupts.enable('msi', 1, handler);
    expect(() => interrupts.enable('intx', 1, handler)).toThrow('EBUSY');
  });

  it('signal takes the best kind that is on', () => {
    member.setMaster(true);
    member.interrupts.enable('msi', 1, handler);
    member.interrupts.signal(true);
    expect(fired).toEqual([0]);
    expect(member.interrupts.isIntxPending).toBe(false);
  });
});
