// conformance:linux [--run NAME]… [--all] [SCENARIO-PATTERNS…]
//
// Runs the probe under `uvfio run` on a machine described to equal the recorded one, compares what it
// prints line by line with what it printed on a real Linux, and prints the differences that are not
// explained. The last line is `N passed, M failed`, in lines of the probe; the exit status is 1 if any failed.
// --all prints explained differences too.

import { parseArgs } from 'node:util';
import { compareSteps, type Difference } from './compare.js';
import { excuseFor } from './divergences.js';
import { buildProbe, runProbe } from './probe.js';
import { recordedSteps } from './recordings.js';
import { runs } from './runs.js';

process.exitCode = await main();

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: {
      run: { type: 'string', multiple: true, default: [] },
      all: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  });
  const unknown = values.run.filter((name) => !runs.some((run) => run.name === name));
  if (unknown.length > 0) {
    console.error(
      `conformance:linux: no run ${unknown[0]}; runs are ${runs.map(({ name }) => name).join(', ')}`,
    );
    return 2;
  }
  const program = buildProbe();
  let passed = 0;
  let failed = 0;
  for (const run of runs) {
    if (values.run.length > 0 && !values.run.includes(run.name)) continue;
    const recorded = recordedSteps(run);
    const actual = await runProbe(program, run, positionals);
    const ran = new Set(actual.map(({ scenario }) => scenario));
    const expected =
      positionals.length === 0 ? recorded : recorded.filter(({ scenario }) => ran.has(scenario));
    const differences = compareSteps(run.name, expected, actual);
    const unexplained = differences.filter((difference) => excuseFor(difference) === undefined);
    for (const difference of values.all ? differences : unexplained) print(difference);
    passed += expected.length - unexplained.length;
    failed += unexplained.length;
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

function print(difference: Difference): void {
  const excuse = excuseFor(difference);
  const { run, scenario, step, call, text } = difference;
  console.log(
    `${run}: ${scenario} ${step}: ${call}: ${text}${excuse ? ` (${excuse.reason})` : ''}`,
  );
}
