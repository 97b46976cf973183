/** `uvfio completion`: makes a shell complete commands, options, device models and addresses. */
import { Argument, type Command, Option } from 'commander';
import { completionScripts, SHELLS } from './completion/scripts.js';

const EXAMPLES = `
Examples:
  source <(uvfio completion bash)       in ~/.bashrc
  source <(uvfio completion zsh)        in ~/.zshrc, after compinit
  uvfio completion fish | source        in ~/.config/fish/config.fish`;

export function addCompletionCommand(program: Command): void {
  const command: Command = program
    .command('completion')
    .summary('make a shell complete uvfio: bash, zsh, fish')
    .description(
      'Print what makes a shell complete commands, options, device models and addresses.',
    )
    .addArgument(new Argument('[shell]', 'the shell').choices(SHELLS))
    .addOption(
      new Option('--words <words...>', 'candidates for the last of these words').hideHelp(),
    )
    .passThroughOptions()
    .addHelpText('after', EXAMPLES);
  command.action((shell: (typeof SHELLS)[number] | undefined) => {
    if (shell === undefined) command.error('uvfio: say for which shell: bash, zsh or fish');
    process.stdout.write(completionScripts[shell]);
  });
}

/** Answers a shell that asks; its words would be taken for uvfio's own. Whether that is what was asked. */
export async function answerShell(program: Command, args: readonly string[]): Promise<boolean> {
  const [command, option, ...words] = args;
  if (command !== 'completion' || option !== '--words') return false;
  // With the device models, it is a third of the command.
  const { candidates } = await import('./completion/candidates.js');
  process.stdout.write((await candidates(program, words)).map((word) => `${word}\n`).join(''));
  return true;
}
