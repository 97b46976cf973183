// What can be on PCI buses, and what firmware makes of it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pciBridgeModel, rootPortModel } from '../../src/devices/bridge/index.js';
import type { BarDescription } from '../../src/pci/bar.js';
import type { FunctionDescription } from '../../src/pci/device-model.js';
import { assignAddresses } from '../../src/pci/firmware.js';
import { planBuses } from '../../src/pci/plan.js';
import { plansOf } from './test-pci.js';

const identity = { vendor: 1, device: 2, class: 0xff0000 };
const device = (bars: readonly BarDescription[] = []): FunctionDescription => ({
  model: 'test',
  identity,
  bars,
});
const port = (bus: number) => rootPortModel.describe({ bus: String(bus) });

describe('a plan', () => {
  it.each([
    ['a bus that no bridge leads to', { '01:00.0': device() }, /there is no bus 0000:01/],
    ['a function without function 0', { '00:03.1': device() }, /no function 0/],
    ['a bus behind two bridges', { '00:01.0': port(1), '00:02.0': port(1) }, /0000:01 is taken/],
    [
      'a BAR of odd size',
      { '00:01.0': device([{ index: 0, kind: 'memory32', size: 3000 }]) },
      /power of two/,
    ],
    [
      'a 64-bit BAR at the end',
      { '00:01.0': device([{ index: 5, kind: 'memory64', size: 4096 }]) },
      /no BAR 6/,
    ],
    [
      'an address in use',
      {
        '00:01.0': device([{ index: 0, kind: 'memory32', size: 4096, address: 0xfe00_0000n }]),
        '00:02.0': device([{ index: 0, kind: 'memory32', size: 8192, address: 0xfe00_0000n }]),
      },
      /in use/,
    ],
  ])('is refused for %s', (_what, functions, message) => {
    expect(() => assignAddresses(planBuses(plansOf(functions)))).toThrow(message);
  });

  it.each([
    ['not at a page', [{ offset: 0x800, size: 0x1000 }]],
    ['of no whole pages', [{ offset: 0, size: 0x1800 }]],
    ['beyond the end', [{ offset: 0x1000, size: 0x2000 }]],
    [
      'out of order',
      [
        { offset: 0x1000, size: 0x1000 },
        { offset: 0, size: 0x1000 },
      ],
    ],
  ])('is refused for mappable areas %s', (_what, mappableAreas) => {
    const bar = {
      index: 0,
      kind: 'memory32',
      size: 8192,
      isMappable: true,
      mappableAreas,
    } as const;
    expect(() => planBuses(plansOf({ '00:01.0': device([bar]) }))).toThrow(/areas of BAR 0/);
  });

  it('is refused for an address used twice', () => {
    const [plan] = plansOf({ '00:01.0': device() });
    if (plan === undefined) throw new Error('no plan');
    expect(() => planBuses([plan, plan])).toThrow(/used twice/);
  });

  it('has the root buses that functions say they are on', () => {
    const functions = {
      '00:01.0': rootPortModel.describe({}),
      '02:00.0': { ...rootPortModel.describe({}), isOnRootBus: true },
      '03:00.0': device(),
    };
    const [first, second] = planBuses(plansOf(functions));
    expect(first).toMatchObject({ number: 0, children: [{ number: 1, functions: [] }] });
    expect(second).toMatchObject({ number: 2, bridge: undefined, children: [{ number: 3 }] });
  });

  it('is refused when a bridge leads to a root bus', () => {
    const functions = { '00:01.0': port(2), '02:00.0': { ...device(), isOnRootBus: true } };
    expect(() => planBuses(plansOf(functions))).toThrow(/bus 0000:02 is taken/);
  });

  it('numbers buses that bridges do not number themselves', () => {
    const functions = {
      '00:01.0': rootPortModel.describe({}),
      '01:00.0': pciBridgeModel.describe({}),
    };
    const [root] = planBuses(plansOf({ ...functions, '02:03.0': device() }));
    expect(root?.children[0]?.number).toBe(1);
    expect(root?.children[0]?.children[0]?.functions[0]?.address.slot).toBe(3);
    expect(root?.subordinate).toBe(2);
  });
});

describe('firmware', () => {
  const bar = fc.record({
    kind: fc.constantFrom('memory32', 'memory64', 'io') as fc.Arbitrary<BarDescription['kind']>,
    log2: fc.integer({ min: 4, max: 20 }),
  });

  it('gives every BAR an aligned address of its own, within its bridge’s window', () => {
    fc.assert(
      fc.property(fc.array(bar, { minLength: 1, maxLength: 12 }), (bars) => {
        const functions: Record<string, FunctionDescription> = { '00:1e.0': port(1) };
        bars.forEach(({ kind, log2 }, i) => {
          const size = kind === 'io' ? Math.min(256, 2 ** log2) : 2 ** log2;
          const bus = i % 2 === 0 ? '00' : '01';
          functions[`${bus}:${(i >> 1).toString(16).padStart(2, '0')}.0`] = device([
            { index: 0, kind, size },
          ]);
        });
        const plans = plansOf(functions);
        const { addresses, windows } = assignAddresses(planBuses(plans));
        const ranges: { io: boolean; start: bigint; end: bigint }[] = [];
        const [bridge] = plans;
        for (const plan of plans) {
          const [description] = plan.description.bars ?? [];
          if (description === undefined) continue;
          const start = addresses.get(plan)?.get(0) ?? -1n;
          const size = BigInt(description.size);
          expect(start % size).toBe(0n);
          const io = description.kind === 'io';
          const end = start + size - 1n;
          const clash = ranges.find((r) => r.io === io && start <= r.end && end >= r.start);
          expect(clash).toBeUndefined();
          ranges.push({ io, start, end });
          if (plan.address.bus === 0 || bridge === undefined) continue;
          const window = windows.get(bridge)?.[io ? 'io' : 'memory'];
          expect(window !== undefined && start >= window.start && end <= window.end).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('puts a large 64-bit BAR above 4 GiB', () => {
    const plans = plansOf({
      '00:01.0': device([{ index: 0, kind: 'memory64', size: 2 ** 30, isPrefetchable: true }]),
    });
    const [plan] = plans;
    const { addresses } = assignAddresses(planBuses(plans));
    expect(plan && (addresses.get(plan)?.get(0) ?? 0n) >= 2n ** 32n).toBe(true);
  });
});
