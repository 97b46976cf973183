/**
 * The private directory of a run, on tmpfs where there is one:
 * - `files/`: one name for each open file of uvfio in a program; the close of the last descriptor is
 *   seen there by inotify
 * - `memory/`: memory that devices and programs share
 * - `view/`: the directories and plain files of `/dev` and `/sys` that programs have looked at
 *
 * Named after the process that owns it, so that a later run can clear away what a killed one left.
 */
import { accessSync, constants, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PREFIX = 'uvfio-';

export class ScratchDirectory {
  readonly path: string;
  readonly files: string;
  readonly memory: string;
  readonly view: string;

  /** @param path a directory made by `create` */
  constructor(path: string) {
    this.path = path;
    this.files = join(path, 'files');
    this.memory = join(path, 'memory');
    this.view = join(path, 'view');
  }

  /** Makes a new one, and removes those of runs that were killed. */
  static create(): ScratchDirectory {
    const base = baseDirectory();
    removeAbandoned(base);
    const scratch = new ScratchDirectory(mkdtempSync(join(base, `${PREFIX}${process.pid}-`)));
    for (const path of [scratch.files, scratch.memory, scratch.view]) mkdirSync(path, 0o755);
    return scratch;
  }

  /** Removes everything. Memory that is still mapped stays until it is unmapped. */
  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

function baseDirectory(): string {
  try {
    accessSync('/dev/shm', constants.W_OK | constants.X_OK);
    return '/dev/shm';
  } catch {
    return tmpdir();
  }
}

/** Clears away directories of runs whose process is gone. Those of other users can't be, and stay. */
function removeAbandoned(base: string): void {
  for (const name of readdirSync(base)) {
    const owner = /^uvfio-(\d+)-/.exec(name)?.[1];
    if (owner === undefined || isRunning(Number(owner))) continue;
    try {
      rmSync(join(base, name), { recursive: true, force: true });
    } catch {
      // Another user's.
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
