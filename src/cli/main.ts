#!/usr/bin/env node
/** The command line, `uvfio`. */
import { Command } from 'commander';
import { readFileSync } from 'node:fs';
import { addCaptureCommand } from './capture-command.js';
import { addChangeCommands } from './control/change-commands.js';
import { addFaultCommand } from './control/fault-command.js';
import { addLsCommand } from './control/ls-command.js';
import { addDoctorCommand } from './doctor-command.js';
import { addDevicesCommand } from './devices-command.js';
import { addInitCommand } from './init-command.js';
import { NOT_STARTED } from './exit.js';
import { addRunCommand } from './run-command.js';
import { addTraceCommand } from './trace-command.js';

const manifest = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string };

const program = new Command('uvfio')
  .description('Linux VFIO in userspace: run unmodified VFIO programs against device models')
  .version(manifest.version)
  .showSuggestionAfterError()
  .showHelpAfterError('(uvfio --help shows what there is)')
  .enablePositionalOptions()
  // What goes wrong before a program is started has a status of its own, as env(1) and timeout(1) have it.
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : NOT_STARTED));

addRunCommand(program);
addTraceCommand(program);
addDevicesCommand(program);
addInitCommand(program);
addCaptureCommand(program);
addLsCommand(program);
addChangeCommands(program);
addFaultCommand(program);
addDoctorCommand(program);

await program.parseAsync();
