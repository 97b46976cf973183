/** `uvfio trace`: runs a program and tells what it does with VFIO. */
import type { Command } from 'commander';
import { addProgramOptions, type RunFlags, run } from './run-command.js';
import { addFilterOptions, addReportOptions } from './watch-options.js';

interface TraceFlags extends Omit<RunFlags, 'trace'> {
  readonly output?: string;
}

const EXAMPLES = `
Examples:
  uvfio trace --machine nvme -- qemu-img info nvme://0000:01:00.0/1
  uvfio trace --device edu -o trace.txt -- ./my-vfio-program
  uvfio trace -c -- ./my-vfio-program
  uvfio trace --only ioctl,fault --errors -- ./my-vfio-program`;

/** Adds the command to the program. */
export function addTraceCommand(program: Command): void {
  const command = program
    .command('trace')
    .summary('run a program and tell what it does with VFIO')
    .description(
      'Run a program as uvfio run does, and tell what it does with VFIO: its calls with their arguments, and what the devices do. At the end, say what it did wrong.',
    );
  addProgramOptions(command)
    .option('-o, --output <file>', 'where the trace goes (default: standard error)')
    .option('--no-report', 'do not say at the end what the program did wrong');
  addReportOptions(command);
  addFilterOptions(command);
  command
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, args: readonly string[], flags: TraceFlags) => {
      const { output, ...rest } = flags;
      await run(file, args, { ...rest, trace: output ?? true });
    });
}
