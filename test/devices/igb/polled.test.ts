// The same session of a driver ends in the same state, whether each access is a call or a store to mapped memory.
import { expect, test } from 'vitest';
import * as registers from '../../../src/devices/igb/registers.js';
import { frameOf, IgbBench, type Card } from './igb-bench.js';

/** Registers that say how a session ended. ICR is not exact when mapped: causes that came late are told again. */
const STATE = [
  ...[registers.CTRL, registers.STATUS, registers.RCTL, registers.TCTL, registers.MDIC],
  ...[registers.EERD, registers.IMS, registers.EIMS],
  ...[registers.TDH, registers.TDT].map((register) => registers.transmitQueue(0) + register),
  ...[registers.RDH, registers.RDT].map((register) => registers.receiveQueue(0) + register),
];

/** Reset, EEPROM, PHY, rings, packets both ways, masks set and cleared. */
function session(isPolled: boolean): unknown {
  const bench = new IgbBench();
  const { a, b } = bench;
  const cards: readonly Card[] = [a, b];
  if (isPolled) for (const card of cards) card.store = card.mapped;
  for (const card of cards) {
    card.write(registers.CTRL, card.read(registers.CTRL) | registers.CTRL_RST);
    card.write(registers.EERD, (1 << 2) | registers.EERD_START);
    card.write(registers.MDIC, (registers.MDIC_OP_READ << registers.MDIC_OP_SHIFT) | (1 << 21));
    card.start();
  }
  a.write(registers.IMS, registers.ICR_LSC | registers.ICR_RXDW);
  bench.wait(100);
  const received: unknown[] = [];
  for (let round = 0; round < 5; round++) {
    for (let count = 0; count < 10; count++) a.send(frameOf(60 + count, round));
    b.send(frameOf(200, round));
    received.push(a.take(), b.take());
    // As drivers do: mask, read what it was, unmask.
    a.write(registers.IMC, 0xffff_ffff);
    const causes = a.store?.getUint32(registers.ICR, true) ?? a.read(registers.ICR);
    received.push(causes & registers.ICR_RXDW);
    a.write(registers.IMS, registers.ICR_LSC | registers.ICR_RXDW);
  }
  const states = cards.map((card) => STATE.map((register) => card.read(register)));
  return { received, states };
}

test('stores that are found by looking do what calls do', () => {
  expect(session(true)).toEqual(session(false));
});
