/** What `uvfio replay` does. */
import type { Recorded } from '../recording/index.js';
import { differenceLines } from './replay/difference-text.js';
import { Trail } from './replay/trail.js';
import type { Outcome } from './replay-file.js';
import { Watch } from './watch.js';
import type { WatchFlags } from './watch-options.js';

/** Replays recordings one after the other, and prints what came of each. */
export async function replayAll(files: readonly string[], flags: WatchFlags): Promise<void> {
  const { replayFile } = await loadReplay();
  let failed = 0;
  for (const file of files) {
    const watch = new Watch(flags, []);
    const trail = new Trail();
    const passed = (record: Recorded): void => {
      trail.add(record);
      watch.see(record);
    };
    const outcome = await replayFile(file, process.cwd(), passed);
    const hasPassed = watch.end({ wasKilled: false }) && isSame(outcome);
    if (!hasPassed) failed += 1;
    for (const line of linesOf(file, outcome, trail)) process.stdout.write(`${line}\n`);
  }
  process.stdout.write(`${files.length - failed} passed, ${failed} failed\n`);
  process.exitCode = failed > 0 ? 1 : 0;
}

/** It is most of uvfio, and lies in a file of its own. */
async function loadReplay(): Promise<typeof import('./replay-file.js')> {
  const file = new URL('./replay-file.js', import.meta.url).href;
  return (await import(file)) as typeof import('./replay-file.js');
}

function isSame(outcome: Outcome): boolean {
  return outcome.kind === 'replayed' && outcome.difference === undefined;
}

function linesOf(file: string, outcome: Outcome, trail: Trail): string[] {
  if (outcome.kind === 'failed') return [outcome.message];
  const { header, records, difference, isComplete } = outcome;
  if (difference !== undefined) return differenceLines(file, difference, trail);
  const end = isComplete ? '' : '; the recording is cut off there';
  return [`${file}: ${header.program.join(' ')}: ${records} records, all the same${end}`];
}
