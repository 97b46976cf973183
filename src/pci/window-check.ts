/** Whether what bridges lead to is behind them alone, after addresses were given out a second time. */
import type { AddressRange, Assignment, BridgeWindows } from './firmware.js';
import { type BusPlan, type FunctionPlan, PciPlanError } from './plan.js';

/**
 * Checks that no window of a bridge has grown into something beside it.
 * @throws PciPlanError
 */
export function checkWindows(bus: BusPlan, { addresses, windows }: Assignment): void {
  for (const child of bus.children) {
    const { bridge } = child;
    const own = bridge === undefined ? undefined : windows.get(bridge);
    if (bridge === undefined || own === undefined) continue;
    for (const beside of bus.functions) {
      if (beside === bridge) continue;
      const ranges = [...barsOf(beside, addresses), ...rangesOf(windows.get(beside))];
      if (!rangesOf(own).some((range) => ranges.some((other) => overlap(range, other)))) continue;
      const text = 'there are not enough addresses left behind it';
      throw new PciPlanError(bridge, text, 'plug the device in elsewhere');
    }
    checkWindows(child, { addresses, windows });
  }
}

function rangesOf(windows: BridgeWindows | undefined): AddressRange[] {
  const { io, memory, high } = windows ?? {};
  // Ports are numbers like addresses, but of another space: far below any memory window.
  return [io, memory, high].filter((range) => range !== undefined);
}

function barsOf(plan: FunctionPlan, addresses: Assignment['addresses']): AddressRange[] {
  const given = addresses.get(plan);
  return (plan.description.bars ?? []).flatMap(({ index, size }) => {
    const start = given?.get(index);
    return start === undefined ? [] : [{ start, end: start + BigInt(size) - 1n }];
  });
}

function overlap(a: AddressRange, b: AddressRange): boolean {
  return a.start <= b.end && a.end >= b.start;
}
