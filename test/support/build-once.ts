// Vitest's global setup: brings dist/ up to date once, before any test starts the built command.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export default function buildOnce(): void {
  const build = fileURLToPath(new URL('../../tools/build.mjs', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [build], { encoding: 'utf8' });
  if (status === 0) return;
  const report = `the build has errors:\n${stdout}${stderr}`;
  if (process.env['CI'] === 'true') throw new Error(report);
  // At a desk the compiler still writes what it can: tests of finished parts go on.
  console.warn(report);
}
