// Vitest's global setup: what tests put into the folder for temporary files lies in one of their own,
// which goes when they are done.

import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export default function scratchFolder(): () => void {
  const folder = mkdtempSync(path.join(tmpdir(), 'uvfio-tests-'));
  // Programs of other users run in it, too.
  chmodSync(folder, 0o1777);
  process.env['TMPDIR'] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
