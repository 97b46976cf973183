/** The man page, from the same commands that `--help` speaks of. man(7) */
import type { Command } from 'commander';
import { withSubcommands } from './program.js';

/** The page `uvfio(1)`. @param version as in its footer */
export function manPage(program: Command, version: string): string {
  const [, ...commands] = withSubcommands(program);
  return [
    `.TH UVFIO 1 "" "uvfio ${version}" "User Commands"`,
    '.SH NAME',
    `uvfio \\- ${roff(program.description())}`,
    '.SH SYNOPSIS',
    '.B uvfio',
    '.I command',
    '[\\fIoptions\\fR]',
    ...moreOf(program),
    '.SH COMMANDS',
    ...commands.flatMap(commandSection),
    '.SH EXIT STATUS',
    roff(
      'uvfio run ends as its program does. 127: there is no such program; 126: it cannot be executed; 125: uvfio ' +
        'itself could not go on. Other commands end with 0, or with 1 when what was asked could not be done.',
    ),
    '.SH ENVIRONMENT',
    '.TP',
    '.B UVFIO_DEBUG',
    'Shows the stack of what should not have happened.',
    '.TP',
    '.B NO_COLOR',
    'No colours.',
    '.SH SEE ALSO',
    '.BR lspci (8),',
    '.BR driverctl (8),',
    '.BR qemu-img (1)',
    '',
  ].join('\n');
}

function commandSection(command: Command): string[] {
  const help = command.createHelp();
  const terms = [
    ...help.visibleArguments(command).map((argument) => ({
      term: help.argumentTerm(argument),
      text: help.argumentDescription(argument),
    })),
    ...help.visibleOptions(command).map((option) => ({
      term: help.optionTerm(option),
      text: help.optionDescription(option),
    })),
  ].filter(({ term }) => term !== '-h, --help');
  return [
    `.SS ${roff(help.commandUsage(command))}`,
    roff(command.description()),
    ...terms.flatMap(({ term, text }) => ['.TP', `.B ${roff(term)}`, roff(text)]),
    ...moreOf(command),
  ];
}

/** What stands after the options in `--help`: examples above all. Its lines are kept. */
function moreOf(command: Command): string[] {
  const text = fullHelp(command).slice(command.helpInformation().length).trim();
  return text === '' ? [] : ['.PP', '.nf', ...text.split('\n').map(roff), '.fi'];
}

/** All that `--help` prints. */
export function fullHelp(command: Command): string {
  let text = '';
  const before = command.configureOutput();
  command.configureOutput({ ...before, writeOut: (part) => (text += part) });
  command.outputHelp();
  command.configureOutput(before);
  return text;
}

/** roff takes backslashes, and dots and quotes that begin a line, for its own. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/, '\\&$1');
}
