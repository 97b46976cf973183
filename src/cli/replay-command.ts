/** `uvfio replay`: runs recorded sessions again, without their programs, and says whether all came out the same. */
import type { Command } from 'commander';
import { addFilterOptions, addReportOptions, type WatchFlags } from './watch-options.js';

const EXAMPLES = `
Examples:
  uvfio run --record bug.uvfio --device edu -- ./my-vfio-program
  uvfio replay bug.uvfio
  uvfio replay --trace bug.uvfio
  uvfio replay recordings/*.uvfio

The program is not needed, and is not run. The exit status is 0 if everything
came out as it was recorded, and 1 if not.`;

/** Adds the command to the program. */
export function addReplayCommand(program: Command): void {
  const command = program
    .command('replay')
    .summary('run recorded sessions again, without their programs')
    .description(
      'Run sessions that uvfio run --record has recorded against fresh machines, and report where one first does something else than it did.',
    )
    .argument('<file...>', 'recordings')
    .option('--trace [file]', 'tell what the program did with VFIO, here or in a file')
    .option('--report', 'say at the end what the program did wrong with VFIO');
  addReportOptions(command);
  addFilterOptions(command);
  command
    .addHelpText('after', EXAMPLES)
    .action(async (files: readonly string[], flags: WatchFlags) => {
      // Other commands need nothing of it.
      const { replayAll } = await import('./replay-all.js');
      await replayAll(files, flags);
    });
}
