// Worker threads run JavaScript only, while vitest runs the sources. This compiles src/host/native, the tests' own
// worker entries once per state of the sources, into build/, and says where.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const repository = fileURLToPath(new URL('../../../', import.meta.url));
const sourceFolders = ['src/host/native', 'test/host/native/workers'];

export type Native = typeof import('../../../src/host/native/index.js');

/** The folder that stands for the repository, holding compiled JavaScript. */
export function compiledRepository(): string {
  const target = join(repository, 'build', `native-${hashOfSources()}`);
  if (existsSync(target)) return target;
  const building = `${target}.${process.pid}`;
  mkdirSync(building, { recursive: true });
  writeFileSync(
    join(building, 'tsconfig.json'),
    JSON.stringify({
      extends: join(repository, 'tsconfig.json'),
      compilerOptions: {
        noEmit: false,
        rootDir: repository,
        outDir: building,
        typeRoots: [join(repository, 'node_modules/@types')],
      },
      include: sourceFolders.map((folder) => join(repository, folder)),
      exclude: [],
    }),
  );
  const tsc = join(repository, 'node_modules/.bin/tsc');
  execFileSync(tsc, ['-p', join(building, 'tsconfig.json')], { stdio: 'inherit' });
  try {
    renameSync(building, target);
  } catch {
    rmSync(building, { recursive: true }); // another test file was first
  }
  return target;
}

/** The compiled layer, outside of vitest's transformation. */
export async function importCompiled(): Promise<Native> {
  return (await import(compiledUrl('src/host/native/index.js').href)) as Native;
}

export function compiledUrl(path: string): URL {
  return pathToFileURL(join(compiledRepository(), path));
}

function hashOfSources(): string {
  const hash = createHash('sha256');
  for (const folder of sourceFolders) {
    const path = join(repository, folder);
    if (!existsSync(path)) continue;
    for (const file of readdirSync(path).sort()) {
      if (file.endsWith('.ts')) hash.update(file).update(readFileSync(join(path, file)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}
