// Compiles the fuzzer, and gives it a folder to work in that is its own.

import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const SOURCES = 'fuzz/host';
/** Whom the fuzzer is run as when root runs it: nobody. */
export const NOBODY = 65_534;

/** Where the fuzzer and its folder are. */
export interface Workshop {
  readonly root: string;
  readonly program: string;
  /** Where it is run; nobody else's files are there. */
  readonly folder: string;
}

/** Which fuzzer. */
export interface FuzzerOptions {
  readonly bits: 32 | 64;
  /** One that is compiled already, for a computer without a compiler or with a slow one. */
  readonly program?: string;
}

/** Makes both, in a temporary folder. @throws when there is no C compiler */
export function setUpWorkshop(options: FuzzerOptions): Workshop {
  const root = mkdtempSync(path.join(tmpdir(), 'uvfio-fuzz-'));
  const program = path.join(root, 'fuzzer');
  const folder = path.join(root, 'work');
  if (options.program === undefined) compileFuzzer(options.bits, program);
  else copyFileSync(options.program, program);
  chmodSync(root, 0o755);
  mkdirSync(folder);
  if (process.getuid?.() === 0) chownSync(folder, NOBODY, NOBODY);
  return { root, program, folder };
}

/** @param output the program's path @throws when there is no C compiler */
export function compileFuzzer(bits: 32 | 64, output: string): void {
  const sources = readdirSync(SOURCES).filter((name) => name.endsWith('.c'));
  const flags = [
    '-std=gnu11',
    '-O1',
    '-Wall',
    '-Wextra',
    '-Wno-psabi',
    `-m${bits}`,
    '-pthread',
    '-o',
    output,
  ];
  execFileSync('cc', [...flags, ...sources.map((name) => path.join(SOURCES, name))]);
}
