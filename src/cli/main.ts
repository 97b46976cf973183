#!/usr/bin/env node
/** The command line, `uvfio`. */
import { Command } from 'commander';
import { readFileSync } from 'node:fs';
import { addRunCommand } from './run-command.js';

const manifest = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string };

const program = new Command('uvfio')
  .description('Linux VFIO in userspace: run unmodified VFIO programs against device models')
  .version(manifest.version)
  .showSuggestionAfterError()
  .showHelpAfterError('(uvfio --help shows what there is)')
  .enablePositionalOptions();

addRunCommand(program);

await program.parseAsync();
