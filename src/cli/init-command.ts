/** `uvfio init`: begins a project's machine description. */
import type { Command } from 'commander';
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { CONFIG_FILES } from '../config/find-config.js';
import { typescriptStart, yamlStart } from './starting-text.js';

const EXAMPLES = `
Examples:
  uvfio init
  uvfio init uvfio.config.ts
  uvfio init test/nvme-machine.yaml   (for uvfio run --machine test/nvme-machine.yaml)`;

const TEXTS: Readonly<Record<string, string>> = {
  '.yaml': yamlStart,
  '.yml': yamlStart,
  '.ts': typescriptStart,
  '.mts': typescriptStart,
  '.js': typescriptStart,
  '.mjs': typescriptStart,
};

/** Adds the command to the program. */
export function addInitCommand(program: Command): void {
  program
    .command('init')
    .summary('begin a machine description')
    .description(
      'Write a description of a machine, with comments, for uvfio run in this folder and below.',
    )
    .argument('[file]', 'where: its extension says what is written', 'uvfio.config.yaml')
    .option('--force', 'replace a file that is there')
    .addHelpText('after', EXAMPLES)
    .action(init);
}

function init(file: string, { force = false }: { readonly force?: boolean }): void {
  const problem = problemWith(file, force) ?? write(file, force);
  if (problem === undefined) {
    process.stdout.write(`${file} is written; try: uvfio run ${chosenBy(file)}-- lspci -nnk\n`);
    return;
  }
  process.stderr.write(`uvfio: ${problem}\n`);
  process.exitCode = 1;
}

/** Writes the file. What went wrong, if something did. */
function write(file: string, force: boolean): string | undefined {
  try {
    writeFileSync(file, TEXTS[extname(file)] ?? '', { flag: force ? 'w' : 'wx' });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Why the file is not written; undefined: it is. */
function problemWith(file: string, force: boolean): string | undefined {
  const extension = extname(file);
  if (TEXTS[extension] === undefined) {
    const known = Object.keys(TEXTS).join(', ');
    return `${file}: '${extension}' is not the extension of a description with comments: take ${known}`;
  }
  if (existsSync(file)) return force ? undefined : `${file}: is there already: --force replaces it`;
  if (!isFound(file)) return undefined;
  const other = CONFIG_FILES.find((name) => existsSync(join(dirname(file), name)));
  return other && `${file}: the folder has ${other} already: change that one`;
}

/** Whether it has a name by which it is found. */
function isFound(file: string): boolean {
  return CONFIG_FILES.some((name) => join(dirname(file), name) === join(file));
}

function chosenBy(file: string): string {
  return isFound(file) ? '' : `--machine ${file} `;
}
