// conformance:seed [--jobs N] [FILES-OR-FOLDERS…]
//
// Replays traces of the C code's behaviour against the core and prints, for each that differs, the
// first difference. The last line is `N passed, M failed`; the exit status is 1 if any failed.
// Without arguments: the traces in the repository.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { replayInParallel } from './parallel.js';
import { readTraces } from './trace-files.js';

const REPOSITORY_TRACES = 'test/data/seed-traces.tar.br';

process.exitCode = await main();

async function main(): Promise<number> {
  try {
    const { jobs, locations } = commandLine();
    const traces = (locations.length > 0 ? locations : [REPOSITORY_TRACES]).flatMap(readTraces);
    const complaints = await replayInParallel(traces, jobs);
    for (const complaint of complaints) console.log(complaint);
    console.log(`${traces.length - complaints.length} passed, ${complaints.length} failed`);
    return complaints.length > 0 ? 1 : 0;
  } catch (error) {
    console.error(`conformance:seed: ${error instanceof Error ? error.message : String(error)}`);
    return 2;
  }
}

/** @throws Error that says what is wrong with it */
function commandLine(): { jobs: number; locations: string[] } {
  const { values, positionals } = parseArgs({
    options: { jobs: { type: 'string', short: 'j', default: '1' } },
    allowPositionals: true,
  });
  const jobs = Number(values.jobs);
  if (!Number.isInteger(jobs) || jobs < 1) throw new Error('--jobs takes a number from 1');
  // npm runs scripts in the package's folder; paths are meant from where the user is.
  const from = process.env['INIT_CWD'] ?? process.cwd();
  return { jobs, locations: positionals.map((location) => path.resolve(from, location)) };
}
