import { Machine } from 'uvfio';
import { describe, expect, test } from 'vitest';
import { Report } from '../../examples/demo/report.js';
import { tour } from '../../examples/demo/tour.js';

describe('the demo', () => {
  test('drives the edu device of the default machine, and leaves nothing open', () => {
    const machine = new Machine();
    let output = '';
    const report = new Report((text) => {
      output += text;
    });
    tour(machine.task(), report);
    expect(output).toContain('factorial     10! = 3628800');
    expect(output).toContain('4096 of 4096 bytes are right');
    expect(machine.openFiles).toEqual([]);
  });

  test('says what is missing on a machine without one', () => {
    const machine = new Machine({ devices: [] });
    const report = new Report(() => undefined);
    expect(() => tour(machine.task(), report)).toThrow('there is no edu device here');
  });
});
