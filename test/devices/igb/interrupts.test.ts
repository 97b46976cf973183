// Causes, masks, vectors and throttling, by calls (82576 data sheet §7.3, §8.8).
import { beforeEach, describe, expect, test } from 'vitest';
import * as registers from '../../../src/devices/igb/registers.js';
import { type Card, frameOf, IgbBench } from './igb-bench.js';

const { EIAC, EIAM, EICR, EICS, EIMC, EIMS, EITR, GPIE, IAM, ICR, ICS, IMC, IMS, IVAR, IVAR_MISC } =
  registers;
const VALID = 0x80;

let bench: IgbBench;
let card: Card;
let peer: Card;

beforeEach(() => {
  bench = IgbBench.linked();
  card = bench.b;
  peer = bench.a;
  card.read(ICR);
});

/** A packet comes in. */
function receive(): void {
  peer.send(frameOf(60));
}

/** Takes the link away from the card, and so raises LSC. */
function loseLink(): void {
  peer.write(registers.MDIC, (1 << 26) | (1 << 21) | 0x1940);
}

/** Messages since it was asked last. */
function messages(): number[] {
  return card.vectors.splice(0);
}

describe('MSI-X, a vector a cause', () => {
  beforeEach(() => {
    card.enableInterrupts('msix', registers.VECTORS);
    card.write(GPIE, registers.GPIE_MULTIPLE_MSIX);
    // Queue 0: receive 1, transmit 2; queue 8: receive 3, transmit 4.
    card.write(IVAR, 0x8483_8281);
    card.write(IVAR_MISC, (VALID | 9) << 8);
    card.write(EIMS, 0x3ff);
    messages();
  });

  test('IVAR says which vector a queue has, for queues 0 to 7 and 8 to 15', () => {
    receive();
    card.send(frameOf(60));
    card.startQueue(8).send(frameOf(60), 8);
    expect(messages()).toEqual([1, 2, 4]);
    // Without the bit that says that it is valid.
    card.write(IVAR, 0x8483_8205);
    receive();
    expect(messages()).toEqual([]);
  });

  test('the other causes have one of their own, when they are not masked', () => {
    loseLink();
    expect(messages()).toEqual([]);
    card.write(IMS, registers.ICR_LSC);
    expect(messages()).toEqual([9]);
    expect(card.read(ICR) & registers.ICR_LSC).toBe(registers.ICR_LSC);
  });

  test('a masked one interrupts when it is unmasked', () => {
    card.write(EIMC, 1 << 1);
    expect(card.read(EIMS)).toBe(0x3fd);
    receive();
    expect(messages()).toEqual([]);
    card.write(EIMS, 1 << 1);
    expect(messages()).toEqual([1]);
    card.write(EIMS, 1 << 1);
    expect(messages()).toEqual([]);
  });

  test('EIAM masks those that have interrupted', () => {
    card.write(EIAM, 1 << 1);
    receive();
    receive();
    expect(messages()).toEqual([1]);
    expect(card.read(EIMS)).toBe(0x3fd);
    card.write(EIMS, 1 << 1);
    expect(messages()).toEqual([1]);
  });

  test('EICR has those that EIAC does not clear, until it is read or written', () => {
    card.write(EIAC, 1 << 1);
    receive();
    card.send(frameOf(60));
    expect(card.read(EICR)).toBe(1 << 2);
    expect(card.read(EICR)).toBe(0);
    card.send(frameOf(60));
    card.write(EICR, 1 << 2);
    expect(card.read(EICR)).toBe(0);
  });

  test('EICS and ICS are causes like others', () => {
    card.write(EICS, (1 << 5) | (1 << 3));
    expect(messages()).toEqual([3, 5]);
    card.write(IMS, registers.ICR_LSC);
    card.write(ICS, registers.ICR_LSC);
    expect(messages()).toEqual([9]);
  });

  test('EITR keeps a vector quiet for some microseconds', () => {
    const microseconds = 500;
    card.write(EITR + 4, microseconds << 2);
    for (let count = 0; count < 5; count++) receive();
    expect(messages()).toEqual([1]);
    bench.wait(0.4);
    expect(messages()).toEqual([]);
    bench.wait(0.2);
    expect(messages()).toEqual([1]);
    bench.wait(10);
    expect(messages()).toEqual([]);
    receive();
    expect(messages()).toEqual([1]);
  });

  test('what was masked meanwhile does not come after the quiet time', () => {
    card.write(EITR + 4, 500 << 2);
    receive();
    receive();
    messages();
    card.write(EIMC, 1 << 1);
    bench.wait(10);
    expect(messages()).toEqual([]);
  });

  test('a reset makes all quiet', () => {
    card.write(EITR + 4, 500 << 2);
    receive();
    receive();
    messages();
    card.write(registers.CTRL, registers.CTRL_RST);
    bench.wait(10);
    expect(messages()).toEqual([]);
    expect([card.read(EIMS), card.read(EICR), card.read(IMS), card.read(ICR)]).toEqual([
      0, 0, 0, 0,
    ]);
  });
});

describe('MSI', () => {
  beforeEach(() => card.enableInterrupts('msi', 1));

  test('a message for what is not masked, and one more for what is new', () => {
    receive();
    expect(messages()).toEqual([]);
    card.write(IMS, registers.ICR_RXDW);
    expect(messages()).toEqual([0]);
    receive();
    expect(messages()).toEqual([0]);
    expect(card.read(ICR) & registers.ICR_RXDW).toBe(registers.ICR_RXDW);
    expect(card.read(ICR)).toBe(0);
  });

  test('reading ICR masks what IAM says', () => {
    card.write(IAM, registers.ICR_RXDW);
    card.write(IMS, registers.ICR_RXDW | registers.ICR_LSC);
    receive();
    expect(card.read(ICR)).toBe((registers.ICR_INT_ASSERTED | registers.ICR_RXDW) >>> 0);
    expect(card.read(IMS)).toBe(registers.ICR_LSC);
  });

  test('EITR of vector 0 throttles it', () => {
    card.write(EITR, 500 << 2);
    card.write(IMS, registers.ICR_RXDW);
    for (let count = 0; count < 5; count++) receive();
    expect(messages()).toEqual([0]);
    bench.wait(1);
    expect(messages()).toEqual([0]);
  });
});

describe('INTx', () => {
  const isRaised = (): boolean => card.member.interrupts.isIntxPending;

  test('is raised while an unmasked cause is there', () => {
    receive();
    expect(isRaised()).toBe(false);
    card.write(IMS, registers.ICR_RXDW);
    expect(isRaised()).toBe(true);
    card.read(ICR);
    expect(isRaised()).toBe(false);
    receive();
    expect(isRaised()).toBe(true);
    card.write(IMC, registers.ICR_RXDW);
    expect(isRaised()).toBe(false);
    card.write(IMS, registers.ICR_RXDW);
    expect(isRaised()).toBe(true);
    card.write(ICR, registers.ICR_RXDW);
    expect(isRaised()).toBe(false);
  });

  test('reading ICR clears nothing while all that is there is masked, unless GPIE.NSICR says so', () => {
    card.write(IMS, registers.ICR_LSC);
    receive();
    expect(card.read(ICR)).toBe(registers.ICR_RXDW);
    expect(card.read(ICR)).toBe(registers.ICR_RXDW);
    card.write(GPIE, registers.GPIE_NSICR);
    expect(card.read(ICR)).toBe(registers.ICR_RXDW);
    expect(card.read(ICR)).toBe(0);
  });
});
