// Kinds of devices with declared options: what a model gets of them, and what is refused.
import { describe, expect, expectTypeOf, test } from 'vitest';
import { Machine } from '../../src/machine.js';
import { defineDevice } from '../../src/pci/define-device.js';
import { option } from '../../src/pci/option.js';
import { RegisterTable } from '../../src/pci/registers/register-table.js';

const seen: unknown[] = [];

const model = defineDevice({
  name: 'tester',
  summary: 'for tests',
  options: {
    size: option.number({ summary: 'of its memory', default: 4096, least: 16, most: 65536 }),
    lanes: option.number({ summary: 'lanes' }),
    loud: option.flag({ summary: 'says more', default: false }),
    mode: option.choice(['fast', 'exact'], { summary: 'how', default: 'fast' }),
    serial: option.text({ summary: 'serial number', pattern: /[A-Z]{2}\d+/, form: 'like AB12' }),
    key: option.text({ summary: 'the key', isRequired: true }),
  },
  registers: new RegisterTable({ ID: { offset: 0, access: 'RO' } }),
  describe(options) {
    expectTypeOf(options).toEqualTypeOf<{
      readonly size: number;
      readonly lanes: number | undefined;
      readonly loud: boolean;
      readonly mode: 'fast' | 'exact';
      readonly serial: string | undefined;
      readonly key: string;
    }>();
    seen.push(options);
    return { identity: { vendor: 0x1234, device: 1, class: 0xff0000 } };
  },
});

function build(options: Readonly<Record<string, string | number | boolean>>): Machine {
  return new Machine({ devices: [{ model, addr: '00:05.0', ...options }] });
}

describe('options', () => {
  test('are what was said, by type, and the defaults', () => {
    build({ size: '64K', loud: true, mode: 'exact', key: 'k' });
    expect(seen.at(-1)).toEqual({
      size: 65536,
      lanes: undefined,
      loud: true,
      mode: 'exact',
      serial: undefined,
      key: 'k',
    });
  });

  test.each([
    [{ key: 'k', size: '8' }, 'devices[0].size: 8 is not 16 to 65536'],
    [{ key: 'k', size: 'big' }, "devices[0].size: 'big' is no number: write 16 to 65536"],
    [{ key: 'k', loud: 'very' }, "devices[0].loud: 'very' is neither yes nor no"],
    [{ key: 'k', mode: 'slow' }, "devices[0].mode: 'slow' is none of fast, exact"],
    [{ key: 'k', serial: 'ab12' }, "devices[0].serial: 'ab12' is not like AB12"],
    [{}, 'devices[0].key: has to be said: key=… (the key)'],
    [{ key: 'k', sise: 1 }, "the model 'tester' has no option 'sise': did you mean 'size'?"],
    [{ key: 'k', root_bus: 'maybe' }, "devices[0].root_bus: is true or false, not 'maybe'"],
  ])('%j are refused', (options, message) => {
    expect(() => build(options)).toThrow(message);
  });

  test('are listed with their limits and defaults', () => {
    expect(model.options).toMatchObject({
      size: 'of its memory: 16 to 65536 (4096)',
      loud: 'says more: yes or no (no)',
      mode: 'how: fast, exact (fast)',
      key: 'the key',
    });
  });
});

test('registers have their names', () => {
  expect([model.registerName?.(0, 0), model.registerName?.(0, 4)]).toEqual(['ID', undefined]);
});
