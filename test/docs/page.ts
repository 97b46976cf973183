// A page of the manual: the files that are in it, and its commands with what they print.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { MAIN } from '../host/uvfio.js';

/** A command in a `console` block. */
export interface PageCommand {
  readonly command: string;
  /** What the page says that it prints. */
  readonly output: string;
}

export class Page {
  readonly text: string;
  /** Content by name: code blocks with a comment `<!-- name -->` before them. */
  readonly files: ReadonlyMap<string, string>;
  readonly commands: readonly PageCommand[];
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'uvfio-docs-'));

  /** @param name of the page in docs/ */
  constructor(name: string) {
    this.text = readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
    const files = this.text.matchAll(/<!-- (\S+) -->\n```\w+\n(.*?)```/gs);
    this.files = new Map([...files].map(([, file = '', content = '']) => [file, content]));
    this.commands = [...this.text.matchAll(/^```console\n(.*?)```$/gms)].flatMap(([, block = '']) =>
      [...block.matchAll(/^\$ (.*)\n((?:[^$].*\n)*)/gm)].map(([, command = '', output = '']) => ({
        command,
        output,
      })),
    );
  }

  /** Writes the files into a folder, with `uvfio` installed there, which is gone after the tests. */
  prepare(): void {
    afterAll(() => rmSync(this.#folder, { recursive: true }));
    for (const [name, content] of this.files) writeFileSync(path.join(this.#folder, name), content);
    const script = path.join(this.#folder, 'uvfio');
    writeFileSync(script, `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`);
    chmodSync(script, 0o755);
    mkdirSync(path.join(this.#folder, 'node_modules'));
    const root = fileURLToPath(new URL('../..', import.meta.url));
    symlinkSync(root, path.join(this.#folder, 'node_modules/uvfio'));
  }

  /** Runs a command in that folder. What it prints, errors last. */
  run(command: string): string {
    const env = { ...process.env, PATH: `${this.#folder}:${process.env['PATH']}` };
    const { stdout, stderr } = spawnSync('sh', ['-c', command], {
      cwd: this.#folder,
      encoding: 'utf8',
      env,
      timeout: 60_000,
    });
    // Where Linux has no modules at all, lspci says so.
    return stdout + stderr.replace(/^lspci: .*libkmod.*\n/m, '');
  }
}
