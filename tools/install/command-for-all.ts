// Puts the built command where every user can read it, which a clone need not be.

import { chmodSync, cpSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const PARTS = [
  'package.json',
  'dist/bin',
  'node_modules/koffi',
  'node_modules/@koromix',
  'node_modules/jiti',
];

let installed: string | undefined;

/** The command's file, in a folder of its own. To be called from the root of the repository. */
export function commandForAll(): string {
  if (installed !== undefined) return installed;
  const folder = mkdtempSync(path.join(tmpdir(), 'uvfio-installed-'));
  chmodSync(folder, 0o755);
  mkdirSync(path.join(folder, 'node_modules'));
  for (const name of PARTS) cpSync(name, path.join(folder, name), { recursive: true });
  installed = path.join(folder, 'dist/bin/uvfio.js');
  return installed;
}
