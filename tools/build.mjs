// Builds the package: src/ → dist/, then the command in one file per thread, dist/bin/ (loading the
// two hundred files of dist/ one by one would be most of the time it takes to start), then examples/ →
// dist/examples/, writes the man page, and puts the `uvfio` command into node_modules/.bin so that `npx uvfio` works in a
// clone. Runs on `npm ci` (prepare).
//
// --clean removes dist/ first. Without it only changed files are written again.

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import { writeJsonSchema } from './json-schema.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
const command = path.join(root, 'dist/bin/uvfio.js');

if (process.argv.includes('--clean'))
  rmSync(path.join(root, 'dist'), { recursive: true, force: true });

let status = compile('tsconfig.build.json');
bundleCommand();
await writeManPage();
await writeJsonSchema(path.join(root, 'dist'));
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

/**
 * The threads' files find each other by relative URLs, so all bundles lie in one folder. The command itself is in
 * parts: all but the first are loaded while the machine's thread starts, or when a command needs them.
 */
function bundleCommand() {
  const common = {
    absWorkingDir: root,
    outdir: 'dist/bin',
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['koffi', 'jiti'],
    // CommonJS packages in the bundle require node's own modules.
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
    logLevel: 'warning',
    metafile: true,
  };
  const main = buildSync({
    ...common,
    entryPoints: { uvfio: 'dist/cli/entry.js' },
    splitting: true,
  });
  const others = buildSync({
    ...common,
    entryPoints: {
      'server-worker': 'dist/host/server-worker.js',
      'launcher-worker': 'dist/host/native/launcher-worker.js',
      'own-modules': 'dist/host/own-modules.js',
      'replay-file': 'dist/cli/replay-file.js',
      'seccomp-probe-worker': 'dist/host/native/seccomp-probe-worker.js',
    },
  });
  removeOthers([main, others].flatMap(({ metafile }) => Object.keys(metafile.outputs)));
}

/** Parts of the command have names by their content: those of earlier builds would stay. */
function removeOthers(files) {
  const names = new Set(files.map((file) => path.basename(file)));
  const folder = path.join(root, 'dist/bin');
  for (const name of readdirSync(folder)) if (!names.has(name)) rmSync(path.join(folder, name));
}

/** man/uvfio.1, from what the command line says of itself. */
async function writeManPage() {
  const compiled = (name) => pathToFileURL(path.join(root, 'dist/cli', name)).href;
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const { buildProgram } = await import(compiled('program.js'));
  const { manPage } = await import(compiled('man-page.js'));
  mkdirSync(path.join(root, 'man'), { recursive: true });
  writeFileSync(path.join(root, 'man/uvfio.1'), manPage(buildProgram(version), version));
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
  symlinkSync('../../dist/bin/uvfio.js', path.join(bin, 'uvfio'));
}
