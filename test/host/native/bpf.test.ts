// The BPF assembler: linux/filter.h, seccomp_filter.rst

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BpfAssembler, type Condition, seccompData } from '../../../src/host/native/bpf.js';
import { runBpf } from './bpf-interpreter.js';

const ALLOW = 1;
const NOTIFY = 2;

describe('BpfAssembler', () => {
  test('encodes struct sock_filter: u16 code, u8 jt, u8 jf, u32 k', () => {
    const program = new BpfAssembler()
      .load(seccompData.nr)
      .jumpIf('eq', 0x11223344, 'end')
      .return(ALLOW)
      .label('end')
      .return(NOTIFY)
      .assemble();
    expect(program.instructionCount).toBe(4);
    expect([...program.bytes.subarray(8, 16)]).toEqual([0x15, 0, 1, 0, 0x44, 0x33, 0x22, 0x11]);
  });

  test.each<[Condition, number, number, boolean]>([
    ['eq', 5, 5, true],
    ['eq', 5, 6, false],
    ['gt', 5, 5, false],
    ['gt', 6, 5, true],
    ['ge', 5, 5, true],
    ['ge', 0xffffffff, 0x80000000, true], // unsigned
    ['set', 0b110, 0b010, true],
    ['set', 0b100, 0b010, false],
  ])('%s: %i against %i is %s', (condition, value, k, holds) => {
    const program = new BpfAssembler()
      .load(seccompData.argumentLow(0))
      .jumpIf(condition, k, 'holds')
      .return(ALLOW)
      .label('holds')
      .return(NOTIFY)
      .assemble();
    expect(runBpf(program, { nr: 0, args: [BigInt(value)] }).action).toBe(holds ? NOTIFY : ALLOW);
  });

  test('and masks the accumulator, argumentHigh is the upper half', () => {
    const program = new BpfAssembler()
      .load(seccompData.argumentHigh(2))
      .and(0xff00)
      .jumpUnless('eq', 0x3b00, 'other')
      .return(NOTIFY)
      .label('other')
      .return(ALLOW)
      .assemble();
    expect(runBpf(program, { nr: 0, args: [0n, 0n, 0x3b64_00000000n] }).action).toBe(NOTIFY);
    expect(runBpf(program, { nr: 0, args: [0n, 0n, 0x3b64n] }).action).toBe(ALLOW);
  });

  test('reaches labels over 255 instructions away, both ways of a branch', () => {
    const assembler = new BpfAssembler().load(seccompData.nr).jumpIf('eq', 1, 'far', 'further');
    for (let index = 0; index < 300; index++) assembler.return(0);
    assembler.label('far').return(NOTIFY);
    for (let index = 0; index < 300; index++) assembler.return(0);
    assembler.label('further').return(ALLOW);
    const program = assembler.assemble();
    expect(runBpf(program, { nr: 1 }).action).toBe(NOTIFY);
    expect(runBpf(program, { nr: 2 }).action).toBe(ALLOW);
  });

  test('any forest of branches at any distance goes where its labels say', () => {
    const branch = fc.record({ value: fc.nat(20), gap: fc.nat(40) });
    fc.assert(
      fc.property(fc.array(branch, { minLength: 1, maxLength: 60 }), fc.nat(21), (branches, nr) => {
        const assembler = new BpfAssembler().load(seccompData.nr);
        for (const [index, { value, gap }] of branches.entries()) {
          assembler.jumpIf('eq', value, `target${index}`);
          for (let pad = 0; pad < gap; pad++) assembler.load(seccompData.nr);
        }
        assembler.return(0xffff);
        for (const index of branches.keys()) assembler.label(`target${index}`).return(index);
        const first = branches.findIndex(({ value }) => value === nr);
        expect(runBpf(assembler.assemble(), { nr }).action).toBe(first === -1 ? 0xffff : first);
      }),
    );
  });

  test('nextLabel numbers the labels of a piece that is emitted twice', () => {
    const assembler = new BpfAssembler().load(seccompData.nr);
    for (const value of [1, 2]) {
      const other = `other${assembler.nextLabel()}`;
      assembler.jumpUnless('eq', value, other).return(value).label(other);
    }
    const program = assembler.return(0).assemble();
    expect([1, 2, 3].map((nr) => runBpf(program, { nr }).action)).toEqual([1, 2, 0]);
  });

  test('dispatch runs a number of instructions logarithmic in the cases', () => {
    const cases = new Map(Array.from({ length: 100 }, (_, index) => [index * 3, `case${index}`]));
    const assembler = new BpfAssembler()
      .load(seccompData.nr)
      .dispatch(cases, 'default')
      .label('default')
      .return(9999);
    for (const [value, label] of cases) assembler.label(label).return(value);
    const program = assembler.assemble();
    for (let nr = 0; nr < 300; nr++) {
      const { action, steps } = runBpf(program, { nr });
      expect(action).toBe(nr % 3 === 0 ? nr : 9999);
      expect(steps).toBeLessThan(14);
    }
  });

  test.each<[string, (assembler: BpfAssembler) => BpfAssembler, RegExp]>([
    ['a missing label', (assembler) => assembler.jump('nowhere').return(0), /not placed/],
    ['a label behind its jump', (assembler) => assembler.label('a').return(0).jump('a'), /behind/],
    ['a label placed twice', (assembler) => assembler.label('a').return(0).label('a'), /twice/],
    ['a label at the end', (assembler) => assembler.jump('a').return(0).label('a'), /at the end/],
  ])('refuses %s', (_, build, message) => {
    expect(() => build(new BpfAssembler()).assemble()).toThrow(message);
  });

  test('refuses more than BPF_MAXINSNS instructions', () => {
    const assembler = new BpfAssembler();
    for (let index = 0; index < 4097; index++) assembler.return(0);
    expect(() => assembler.assemble()).toThrow(/4096/);
  });
});
