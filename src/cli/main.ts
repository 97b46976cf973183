/** The command `uvfio`. */
import { answerShell } from './completion-command.js';
import { endDescendantsAtOnce } from '../host/descendants.js';
import { tellDefect } from './defect.js';
import { NOT_STARTED } from './exit.js';
import { buildProgram, refuseUnknownHelp, withSubcommands } from './program.js';
import { version } from './version.js';

// `uvfio ls | head`: whoever reads has enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

// Nobody answers a program any more whose machine has broken.
process.on('uncaughtException', (error) => {
  tellDefect(error);
  endDescendantsAtOnce();
  process.exit(NOT_STARTED);
});

const program = buildProgram(version);
for (const command of withSubcommands(program)) {
  // What goes wrong before a program is started has a status of its own, as env(1) and timeout(1) have it.
  command.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : NOT_STARTED));
}

try {
  const args = process.argv.slice(2);
  refuseUnknownHelp(program, args);
  if (!(await answerShell(program, args))) await program.parseAsync();
} catch (error) {
  tellDefect(error);
  process.exitCode = NOT_STARTED;
}
