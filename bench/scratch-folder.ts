// A folder for what a benchmark compiles and writes.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A new folder, which goes with this process. */
export function scratchFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'uvfio-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
