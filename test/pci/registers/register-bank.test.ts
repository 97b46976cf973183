// Registers answer as their table says, whatever the size of the access.
import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { bankOf } from './bank.js';

describe('what software can do with a register', () => {
  test.each([
    ['RO', 0xff, 0xff, 0xff],
    ['RW', 0xff, 0x0f, 0x0f],
    ['RW1C', 0xff, 0xf0, 0xf0],
    ['RW1S', 0xf0, 0xff, 0xff],
    ['WO', 0xff, 0, 0],
    ['RC', 0xff, 0xff, 0],
  ] as const)('%s: %i, written 15, reads %i, then %i', (access, reset, first, second) => {
    const { read, write } = bankOf({ R: { offset: 0x10, access, reset } });
    write(0x10, 0x0f);
    expect([read(0x10), read(0x10)]).toEqual([first, second]);
  });

  test('may differ by field, and bits of no field are not there', () => {
    const { bank, read, write } = bankOf({
      CONTROL: {
        offset: 0,
        access: 'RW',
        reset: 0x100,
        fields: { ENABLE: 0, MODE: [7, 4], BUSY: { bits: 8, access: 'RO' } },
      },
    });
    write(0, 0xffff_ffff);
    expect(read(0)).toBe(0x1f1);
    bank.setField('CONTROL', 'MODE', 5);
    expect(bank.getField('CONTROL', 'MODE')).toBe(5);
    expect(bank.table.decode('CONTROL', read(0))).toEqual({ ENABLE: 1, MODE: 5, BUSY: 1 });
  });
});

describe('an access', () => {
  const declarations = {
    BYTE: { offset: 0, width: 8, access: 'RW', reset: 0x11 },
    NEXT: { offset: 1, width: 8, access: 'RO', reset: 0x22 },
    HALF: { offset: 2, width: 16, access: 'RW', reset: 0x4433 },
    LONG: { offset: 8, width: 64, access: 'RW', reset: 0x8877_6655_4433_2211n },
  } as const;

  test('reaches all registers that are in it, and parts of them', () => {
    const { bank, read, write } = bankOf(declarations);
    expect(read(0)).toBe(0x44332211);
    expect(read(0, 2)).toBe(0x2211);
    expect(read(3, 1)).toBe(0x44);
    expect(read(12)).toBe(0x88776655);
    write(0, 0xaabbccdd);
    expect([bank.get('BYTE'), bank.get('NEXT'), bank.get('HALF')]).toEqual([0xdd, 0x22, 0xaabb]);
    write(10, 0xffff, 2);
    expect(bank.get('LONG')).toBe(0x8877_6655_ffff_2211n);
  });

  test('to nothing reads as the table says, writes nothing, and is reported', () => {
    const zeros = bankOf(declarations);
    expect(zeros.read(0x10)).toBe(0);
    const ones = bankOf(declarations, {}, { nothing: 'ones' });
    expect(ones.read(0x10, 2)).toBe(0xffff);
    ones.write(0x14, 5);
    expect(ones.member.diagnostics.unmodelledRegisters).toEqual([
      { bar: 0, offset: 0x10, reads: 1, writes: 0 },
      { bar: 0, offset: 0x14, reads: 0, writes: 1 },
    ]);
  });

  test('of a size that the device does not take reads as 0 and is reported', () => {
    const { read, write, member } = bankOf(declarations, {}, { accessSizes: [4], nothing: 'ones' });
    write(0, 0, 1);
    expect([read(0, 1), read(0)]).toEqual([0, 0x44332211]);
    expect(member.diagnostics.unmodelledAccesses).toBe(2);
  });

  test('to the lower half clears an upper half that is not there by itself', () => {
    const { bank, read, write } = bankOf(
      { LONG: { offset: 8, width: 64, access: 'RW', reset: 1n << 40n, hasUpperHalf: false } },
      {},
      { nothing: 'ones' },
    );
    expect([read(8), read(12)]).toEqual([0, 0xffff_ffff]);
    write(12, 7);
    write(8, 5);
    expect(bank.get('LONG')).toBe(5n);
  });
});

describe('the device', () => {
  test('hears of writes with the value, the registers and what was before', () => {
    const heard: unknown[] = [];
    const { write, bank } = bankOf(
      {
        SUM: { offset: 0, access: 'RO' },
        ADD: { offset: 4, access: 'WO' },
        STATUS: { offset: 8, access: 'RW1C', reset: 3 },
      },
      {
        written: {
          ADD: (value, registers) => registers.set('SUM', registers.get('SUM') + value),
          STATUS: (value, _registers, before) => heard.push([value, before]),
        },
      },
    );
    write(4, 5);
    write(4, 6);
    write(0, 99);
    write(8, 1);
    expect(bank.get('SUM')).toBe(11);
    expect(heard).toEqual([[2, 3]]);
  });

  test('can answer reads itself', () => {
    let ticks = 0;
    const { read } = bankOf(
      { TICKS: { offset: 0, access: 'RO' } },
      { read: { TICKS: () => (ticks += 1) } },
    );
    expect([read(0), read(0)]).toEqual([1, 2]);
  });

  test('is reset but for what survives', () => {
    const { bank, write } = bankOf({
      QUEUE: { offset: 0, access: 'RW', survives: ['controller', 'flr'] },
      STATUS: { offset: 4, access: 'RW', reset: 1 },
    });
    write(0, 7);
    write(4, 7);
    bank.reset('controller');
    expect([bank.get('QUEUE'), bank.get('STATUS')]).toEqual([7, 1]);
    bank.reset('bus');
    expect(bank.get('QUEUE')).toBe(0);
  });

  test('has values of its registers’ types', () => {
    const { bank } = bankOf({
      WORD: { offset: 0, access: 'RW' },
      LONG: { offset: 8, width: 64, access: 'RW' },
    });
    expectTypeOf(bank.get('WORD')).toEqualTypeOf<number>();
    expectTypeOf(bank.get('LONG')).toEqualTypeOf<bigint>();
    expectTypeOf(bank.get).parameter(0).toEqualTypeOf<'WORD' | 'LONG'>();
  });
});

describe('memory that clients have mapped', () => {
  const declarations = {
    ID: { offset: 0, access: 'RO', reset: 0xed },
    CONTROL: { offset: 4, access: 'RW' },
    KICK: { offset: 8, access: 'WO' },
    LOW: { offset: 12, width: 8, access: 'RW' },
    HIGH: { offset: 14, width: 16, access: 'RW' },
  } as const;

  test('shows what registers hold, and what stores made of them', () => {
    const { bank, load, store, look } = bankOf(
      declarations,
      { written: { CONTROL: (value, registers) => registers.set('CONTROL', value & 1) } },
      { isMappable: true, nothing: 'ones' },
    );
    expect([load(0), load(4), load(8), load(16)]).toEqual([0xed, 0, 0, 0xffff_ffff]);
    store(4, 3);
    look();
    expect([bank.get('CONTROL'), load(4)]).toEqual([1, 1]);
  });

  test('takes stores in the order of the table, and write-only values twice', () => {
    const heard: string[] = [];
    const { store, look } = bankOf(
      declarations,
      {
        written: {
          KICK: (value) => heard.push(`KICK ${value}`),
          CONTROL: (value) => heard.push(`CONTROL ${value}`),
        },
      },
      { isMappable: true },
    );
    store(8, 5);
    store(4, 1);
    look();
    store(8, 5);
    look();
    expect(heard).toEqual(['CONTROL 1', 'KICK 5', 'KICK 5']);
  });

  test('has a store noticed before the next access', () => {
    const { store, read } = bankOf(declarations, {}, { isMappable: true });
    store(4, 9);
    expect(read(4)).toBe(9);
  });

  test('tells registers of one word apart', () => {
    const heard: string[] = [];
    const { store, look, load } = bankOf(
      declarations,
      {
        written: {
          LOW: (value) => heard.push(`LOW ${value}`),
          HIGH: (value) => heard.push(`HIGH ${value}`),
        },
      },
      { isMappable: true },
    );
    store(12, 0x0005_0000);
    look();
    store(12, 0x0005_ff07);
    look();
    expect(heard).toEqual(['HIGH 5', 'LOW 7']);
    expect(load(12)).toBe(0x0005_0007);
  });
});

test('any accesses leave read-only bits alone, and reads of parts agree with the whole', () => {
  const access = fc.record({
    offset: fc.nat(31),
    size: fc.constantFrom(1 as const, 2 as const, 4 as const),
    value: fc.nat(0xffff_ffff),
  });
  fc.assert(
    fc.property(fc.array(access, { maxLength: 40 }), (accesses) => {
      const { read, write, bank } = bankOf({
        MIXED: {
          offset: 0,
          access: 'RW',
          reset: 0xab00,
          fields: { A: [7, 0], ID: { bits: [15, 8], access: 'RO' } },
        },
        LONG: { offset: 8, width: 64, access: 'RW' },
        SMALL: { offset: 16, width: 16, access: 'RW1C' },
      });
      for (const { offset, size, value } of accesses) write(offset, value, size);
      expect(bank.getField('MIXED', 'ID')).toBe(0xab);
      expect((BigInt(read(12)) << 32n) | BigInt(read(8))).toBe(bank.get('LONG'));
      expect(read(0, 2)).toBe(read(0) & 0xffff);
    }),
  );
});
