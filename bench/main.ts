// bench [NAMES…] [--json]
//
// Runs benchmarks by name, or all, and prints nanoseconds an operation.
import { parseArgs } from 'node:util';
import { coreBenchmark } from './core/core.js';
import { guestBenchmark } from './guest/guest.js';
import { dmaBenchmark } from './dma/dma.js';
import { hostBenchmark } from './host/host.js';
import { igbBenchmark } from './igb/igb.js';
import { iommuBenchmark } from './iommu/iommu.js';
import { latencyBenchmark } from './latency/latency.js';
import type { Row } from './measure.js';
import { nvmeBenchmark } from './nvme/nvme.js';

/** The benchmarks there are. Each measures in turn what it names. */
const benchmarks: Readonly<Record<string, () => Row[] | Promise<Row[]>>> = {
  core: coreBenchmark,
  guest: guestBenchmark,
  dma: dmaBenchmark,
  host: hostBenchmark,
  igb: igbBenchmark,
  iommu: iommuBenchmark,
  latency: latencyBenchmark,
  nvme: nvmeBenchmark,
};

process.exitCode = await main();

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { json: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const names = positionals.length > 0 ? positionals : Object.keys(benchmarks);
  const results: Record<string, Row[]> = {};
  for (const name of names) {
    const run = benchmarks[name];
    if (run === undefined) {
      console.error(`bench: no ${name}; there are: ${Object.keys(benchmarks).join(', ')}`);
      return 2;
    }
    results[name] = await run();
    if (!values.json) print(name, results[name]);
  }
  if (values.json) console.log(JSON.stringify(results, undefined, 2));
  return 0;
}

function print(name: string, rows: readonly Row[]): void {
  console.log(`${name}: ns an operation`);
  const width = Math.max(...rows.map((row) => row.name.length));
  for (const { name: row, ns, best, unit } of rows) {
    const atBest = best === undefined ? '' : `  (best ${format(best)})`;
    console.log(
      `  ${row.padEnd(width)} ${format(ns).padStart(9)} ${unit ?? ''}${atBest}`.trimEnd(),
    );
  }
}

function format(ns: number): string {
  return ns < 100 ? ns.toFixed(1) : ns.toFixed(0);
}
