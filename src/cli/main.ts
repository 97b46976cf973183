#!/usr/bin/env node
/** The command `uvfio`. */
import { answerShell } from './completion-command.js';
import { NOT_STARTED } from './exit.js';
import { buildProgram, withSubcommands } from './program.js';
import { version } from './version.js';

// `uvfio ls | head`: whoever reads has enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

const program = buildProgram(version);
for (const command of withSubcommands(program)) {
  // What goes wrong before a program is started has a status of its own, as env(1) and timeout(1) have it.
  command.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : NOT_STARTED));
}

try {
  if (!(await answerShell(program, process.argv.slice(2)))) await program.parseAsync();
} catch (error) {
  const [what, stack] =
    error instanceof Error ? [error.message, error.stack] : [String(error), undefined];
  process.stderr.write(`uvfio: this is a defect of uvfio: ${what}\n`);
  if (process.env['UVFIO_DEBUG'] === undefined) {
    process.stderr.write('Please report it, with what it says after: export UVFIO_DEBUG=1\n');
  } else process.stderr.write(`${stack}\n`);
  process.exitCode = NOT_STARTED;
}
