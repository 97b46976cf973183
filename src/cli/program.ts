/** The whole command line as one object: what runs, what `--help` and the man page say, what shells complete. */
import { Command, Help, type Option } from 'commander';
import { addCaptureCommand } from './capture-command.js';
import { addCompletionCommand } from './completion-command.js';
import { addChangeCommands } from './control/change-commands.js';
import { addFaultCommand } from './control/fault-command.js';
import { addLsCommand } from './control/ls-command.js';
import { addDevicesCommand } from './devices-command.js';
import { addDoctorCommand } from './doctor-command.js';
import { addInitCommand } from './init-command.js';
import { addReplayCommand } from './replay-command.js';
import { addRunCommand } from './run-command.js';
import { nearestName } from '../machine/did-you-mean.js';
import { addTraceCommand } from './trace-command.js';

const EXAMPLES = `
Examples:
  uvfio doctor                          can uvfio run here?
  uvfio run -- lspci -nnk               a program on the default machine
  uvfio run --device nvme -- ./my-driver
  uvfio ls                              what runs, from another terminal
  uvfio help run                        more of a command`;

export function buildProgram(version: string): Command {
  const program = new Command('uvfio')
    .description('Linux VFIO in userspace: run unmodified VFIO programs against device models')
    .version(version)
    .showSuggestionAfterError()
    .showHelpAfterError('(uvfio --help shows what there is)')
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'uvfio: ')) })
    .configureHelp({
      optionDescription: describeOption,
      subcommandTerm: (command) => command.name(),
    })
    .enablePositionalOptions()
    .addHelpText('after', EXAMPLES);
  addRunCommand(program);
  addTraceCommand(program);
  addReplayCommand(program);
  addDevicesCommand(program);
  addInitCommand(program);
  addCaptureCommand(program);
  addLsCommand(program);
  addChangeCommands(program);
  addFaultCommand(program);
  addDoctorCommand(program);
  addCompletionCommand(program);
  return program;
}

/** Help for a command that there is not is a mistake like another; commander would show all help. */
export function refuseUnknownHelp(program: Command, args: readonly string[]): void {
  const [command, name] = args;
  const names = program.commands.map((one) => one.name());
  if (command !== 'help' || name === undefined || [...names, 'help'].includes(name)) return;
  if (name.startsWith('-')) return;
  const nearest = nearestName(name, names);
  const fix = nearest === undefined ? '' : `\n(Did you mean ${nearest}?)`;
  program.error(`uvfio: unknown command '${name}'${fix}`);
}

/** Lists begin empty, which need not be said. */
function describeOption(option: Option): string {
  return new Help().optionDescription(option).replace(' (default: [])', '');
}

/** A command with all below it, itself first. */
export function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}
