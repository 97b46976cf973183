// What a reset does to registers by which software asks questions.

import { expect, test } from 'vitest';
import { RegisterFile } from '../../../src/devices/igb/register-file.js';
import { BAR_SIZE, EERD, EERD_DONE, EERD_START, RCTL } from '../../../src/devices/igb/registers.js';

const QUESTION = EERD_START | (5 << 2);
const ANSWERED = [[EERD, EERD_DONE]] as const;

function newRegisters() {
  const registers = new RegisterFile(new Uint8Array(BAR_SIZE));
  registers.reset(ANSWERED);
  return registers;
}

test('a question that nobody has taken stays: the driver would take the reset value for the answer', () => {
  const registers = newRegisters();
  registers.words[EERD / 4] = QUESTION;
  registers.words[RCTL / 4] = 2;
  registers.reset(ANSWERED);
  expect([registers.get(EERD), registers.get(RCTL)]).toEqual([QUESTION, 0]);
  expect(registers.shadow[EERD / 4]).toBe(EERD_DONE);
});

test('an answer goes', () => {
  const registers = newRegisters();
  registers.set(EERD, EERD_DONE | 0xabcd_0000);
  registers.reset(ANSWERED);
  expect(registers.get(EERD)).toBe(EERD_DONE);
});
