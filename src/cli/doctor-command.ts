/** `uvfio doctor`: whether uvfio can run here, what limits it, and what to do about that. */
import type { Command } from 'commander';
import { examine } from '../host/doctor/examine.js';
import { canRun, type Finding } from '../host/doctor/finding.js';
import { colorsFor } from './colors.js';

const pc = colorsFor(process.stdout);

const EXAMPLES = `
Examples:
  uvfio doctor
  docker run --rm -v "$PWD:/w" -w /w node:20 npx uvfio doctor

The exit status is 1 when uvfio can't run here.`;

/** What no computer changes; docs/limits.md has all of it. */
const LIMITS = [
  'VFIO descriptors dup2’ed to low numbers, or sent over sockets, answer ioctls only',
  'no io_uring, AIO or splice on VFIO files',
  'programs with a seccomp listener of their own can’t be run',
];

export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .summary('say whether uvfio can run here, and what to do if not')
    .description(
      'Look at what this computer can do for uvfio, and try it. Each problem comes with a fix.',
    )
    .option('--json', 'as JSON, for programs')
    .addHelpText('after', EXAMPLES)
    .action(async ({ json = false }: { readonly json?: boolean }) => {
      const findings = await examine();
      const isWell = canRun(findings);
      if (json) console.log(JSON.stringify({ canRun: isWell, findings }, undefined, 2));
      else console.log([...findings.flatMap(lines), ...conclusion(isWell)].join('\n'));
      if (!isWell) process.exitCode = 1;
    });
}

function lines({ state, text, fix }: Finding): string[] {
  const signs = {
    good: pc.green('✓'),
    limited: pc.yellow('!'),
    broken: pc.red('✗'),
    note: '·',
  };
  return [`${signs[state]} ${text}`, ...(fix === undefined ? [] : [pc.dim(`    ${fix}`)])];
}

function conclusion(isWell: boolean): string[] {
  const verdict = isWell
    ? pc.green('uvfio can run programs here.')
    : pc.red('uvfio can’t run here.');
  return ['', verdict, 'Everywhere:', ...LIMITS.map((limit) => `· ${limit}`)];
}
