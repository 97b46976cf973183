// The same session of a driver ends in the same state, whether each access is a call or a store to mapped memory.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isRegister } from '../../../src/devices/igb/known-registers.js';
import * as registers from '../../../src/devices/igb/registers.js';
import { IAC } from '../../../src/devices/igb/statistics.js';
import { type Card, CONTEXT, frameOf, IgbBench } from './igb-bench.js';

/** Not exact when mapped: causes that came late are told again, by one more interrupt. */
const INEXACT = new Set([0x00c0, registers.ICR, registers.EICR, IAC]);

/** How a driver reaches registers, and when the model looks at those that are mapped. */
type Access = 'calls' | { readonly looksNow: () => boolean };

/** One driver's card. */
class Driver {
  readonly card: Card;
  readonly #bench: IgbBench;
  readonly #mapped: DataView | undefined;

  constructor(bench: IgbBench, card: Card, access: Access) {
    this.#bench = bench;
    this.card = card;
    if (access === 'calls') return;
    this.#mapped = card.mapped;
    card.store = this.#mapped;
    card.looksNow = access.looksNow;
  }

  /** Lets the model look, as it does many times while a driver waits. */
  wait(): void {
    if (this.#mapped !== undefined) this.#bench.look();
  }

  write(register: number, value: number): void {
    this.card.write(register, value);
  }

  read(register: number): number {
    return this.#mapped?.getUint32(register, true) ?? this.card.read(register);
  }

  /** As drivers do: mask, read what it was, unmask. */
  handleInterrupt(causes: number): number {
    this.write(registers.IMC, 0xffff_ffff);
    const seen = this.read(registers.ICR);
    this.write(registers.IMS, causes);
    return seen & causes;
  }

  /** Reads a word of the EEPROM. */
  eeprom(address: number): number {
    this.write(registers.EERD, (address << 2) | registers.EERD_START);
    this.wait();
    return this.read(registers.EERD);
  }

  /** Accesses a register of the PHY. */
  phy(register: number, value?: number): number {
    const operation = value === undefined ? registers.MDIC_OP_READ : registers.MDIC_OP_WRITE;
    const place = (operation << registers.MDIC_OP_SHIFT) | (1 << 21) | (register << 16);
    this.write(registers.MDIC, place | (value ?? 0));
    this.wait();
    return this.read(registers.MDIC);
  }

  /** Takes the software's semaphore and a resource, and gives both back. */
  useSemaphores(): number[] {
    const was = this.read(registers.SWSM) & registers.SWSM_SMBI;
    this.write(registers.SWSM, 2);
    const has = this.read(registers.SWSM) & 2;
    this.write(registers.SW_FW_SYNC, this.read(registers.SW_FW_SYNC) | 2);
    this.write(registers.SWSM, 0);
    this.write(registers.SW_FW_SYNC, this.read(registers.SW_FW_SYNC) & ~2);
    return [was, has];
  }

  /** Waits for what is on its way, and takes it. */
  take(queue = 0): unknown {
    this.wait();
    return this.card.take(queue);
  }

  reset(): void {
    this.write(registers.IMC, 0xffff_ffff);
    this.write(registers.RCTL, 0);
    this.write(registers.TCTL, registers.TCTL_PSP);
    this.write(registers.CTRL, this.read(registers.CTRL) | registers.CTRL_RST);
    this.wait();
  }

  /** All registers there are, and everything in memory. */
  get state(): unknown {
    const values: [string, number][] = [];
    for (let register = 0; register < registers.BAR_SIZE; register += 4) {
      if (!isRegister(register) || INEXACT.has(register)) continue;
      values.push([register.toString(16), this.card.read(register)]);
    }
    return { values: new Map(values), memory: Buffer.from(this.card.memory).toString('latin1') };
  }
}

/** Causes that the sessions unmask. */
const CAUSES = registers.ICR_LSC | registers.ICR_RXDW;

interface Session {
  readonly bench: IgbBench;
  readonly a: Driver;
  readonly b: Driver;
}

/** Reset, EEPROM, PHY, semaphores, and a link. */
function bringUp({ bench, a, b }: Session): unknown[] {
  const seen = [a, b].flatMap((driver) => {
    driver.reset();
    const words = [0, 1, 2, 63].map((address) => driver.eeprom(address));
    const phy = [driver.phy(2), driver.phy(4, 0x0de1), driver.phy(0, 0x1340), driver.phy(0)];
    driver.card.start();
    return [words, phy, driver.useSemaphores()];
  });
  a.write(registers.IMS, CAUSES);
  bench.wait(100);
  return [...seen, a.phy(1)];
}

/** Packets both ways, with interrupts in between. */
function talk({ a, b }: Session): unknown[] {
  const seen: unknown[] = [];
  for (let round = 0; round < 5; round++) {
    for (let count = 0; count < 10; count++) a.card.send(frameOf(60 + count, round));
    b.card.send(frameOf(200, round));
    seen.push(a.take(), b.take(), a.handleInterrupt(CAUSES));
  }
  return seen;
}

/** Several queues, VLANs, filters and segments. */
function useFeatures({ a, b }: Session): unknown[] {
  b.card.startQueue(1).startQueue(5);
  a.card.startQueue(1).startQueue(9);
  for (let word = 0; word < 10; word++) b.write(registers.RSSRK + 4 * word, 0x6d5a_56da + word);
  for (let word = 0; word < 32; word++) b.write(registers.RETA + 4 * word, 0x0501_0500);
  b.write(registers.MRQC, 2 | (1 << 17));
  b.write(registers.VFTA, 1 << 5);
  b.write(registers.CTRL, b.read(registers.CTRL) | registers.CTRL_VME);
  b.write(registers.RCTL, b.read(registers.RCTL) | registers.RCTL_VFE);
  for (let host = 0; host < 20; host++) {
    const frame = frameOf(80);
    frame.set([8, 0, 0x45, 0, 0, 66, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, host, 10, 0, 1, host], 12);
    const context = [((host % 2 === 0 ? 5 : 6) << 16) | (14 << 9) | 20, 0, CONTEXT, 0] as const;
    a.card.sendAdvanced(frame, { context, commands: 0x4000_0000 });
    // Between queues there is no order but that in which they are found.
    a.wait();
    a.card.send(frame, host % 3 === 0 ? 9 : 1);
    a.wait();
  }
  return [0, 1, 5].map((queue) => b.take(queue));
}

/** Messages with masks of their own, set, cleared and cleared by themselves. */
function useVectors({ bench, a, b }: Session): unknown[] {
  a.card.enableInterrupts('msix', 10);
  a.write(registers.GPIE, registers.GPIE_MULTIPLE_MSIX | registers.GPIE_NSICR);
  a.write(registers.IVAR, 0x0000_8281);
  a.write(registers.IVAR_MISC, 0x8000);
  a.write(registers.EIAC, 0b111);
  a.write(registers.EIAM, 0b110);
  a.write(registers.EIMS, 0b111);
  for (let round = 0; round < 4; round++) {
    b.card.send(frameOf(90, round));
    a.take();
    a.write(registers.EIMC, 0b010);
    a.write(registers.EIMS, 0b010);
    a.wait();
    a.card.send(frameOf(91, round));
    a.write(registers.EIMS, 0b100);
    a.wait();
    bench.wait(1);
  }
  a.write(registers.EIMC, 0b100);
  return [a.card.vectors];
}

/** A session in the middle of which one card is reset, with packets on their way to it. */
function startAnew(session: Session): unknown[] {
  const { bench, a, b } = session;
  b.reset();
  for (let count = 0; count < 5; count++) a.card.send(frameOf(100 + count));
  a.wait();
  bench.wait(20);
  b.card.start();
  bench.wait(100);
  return talk(session);
}

const PARTS = { bringUp, talk, useFeatures, useVectors, startAnew };

function run(parts: readonly (keyof typeof PARTS)[], access: Access): unknown {
  const bench = new IgbBench();
  const { a, b } = bench;
  const session = { bench, a: new Driver(bench, a, access), b: new Driver(bench, b, access) };
  const seen = parts.map((part) => PARTS[part](session));
  session.a.wait();
  return { seen, a: session.a.state, b: session.b.state };
}

const SESSIONS = [
  [['bringUp']],
  [['bringUp', 'talk']],
  [['bringUp', 'talk', 'useFeatures']],
  [['bringUp', 'useVectors']],
  [['bringUp', 'talk', 'startAnew', 'talk']],
] as const;

test.each(SESSIONS)('stores that are found one by one do what calls do: %s', (parts) => {
  expect(run(parts, { looksNow: () => true })).toEqual(run(parts, 'calls'));
});

test.each(SESSIONS)('stores that are found together do what calls do: %s', (parts) => {
  const called = run(parts, 'calls');
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat({ max: 5 })), (moments) => {
      const looksNow = () => moments.next().value === 0;
      expect(run(parts, { looksNow })).toEqual(called);
    }),
    { numRuns: 10 },
  );
});
