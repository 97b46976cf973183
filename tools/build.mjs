// Builds the package: src/ → dist/, then examples/ → dist/examples/, and puts the `uvfio` command
// into node_modules/.bin so that `npx uvfio` works in a clone. Runs on `npm ci` (prepare).
//
// --clean removes dist/ first. Without it only changed files are written again.

import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
const command = path.join(root, 'dist/cli/main.js');

if (process.argv.includes('--clean'))
  rmSync(path.join(root, 'dist'), { recursive: true, force: true });

let status = compile('tsconfig.build.json');
if (hasExamples()) status = compile('tsconfig.examples.json') || status;
if (existsSync(command) && process.platform !== 'win32') exposeCommand();
process.exitCode = status;

function compile(project) {
  const result = spawnSync(process.execPath, [compiler, '-p', project], {
    cwd: root,
    stdio: 'inherit',
  });
  return result.status ?? 1;
}

function hasExamples() {
  const examples = path.join(root, 'examples');
  if (!existsSync(examples)) return false;
  return readdirSync(examples, { recursive: true }).some((name) => String(name).endsWith('.ts'));
}

function exposeCommand() {
  chmodSync(command, 0o755);
  const bin = path.join(root, 'node_modules/.bin');
  mkdirSync(bin, { recursive: true });
  rmSync(path.join(bin, 'uvfio'), { force: true });
  symlinkSync('../../dist/cli/main.js', path.join(bin, 'uvfio'));
}
