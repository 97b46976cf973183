/**
 * The private directory of a run, on tmpfs where there is one:
 * - `files/`: one name for each open file of uvfio in a program; the close of the last descriptor is
 *   seen there by inotify
 * - `memory/`: memory that devices and programs share
 * - `control`: the control socket, for the owner of the run alone, as all of the directory
 * - `view/`: the directories and plain files of `/dev` and `/sys` that programs have looked at
 *
 * Named after the process that owns it, so that a later run can clear away what a killed one left.
 */
import { accessSync, constants, mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeOwnTree } from './own-tree.js';

const PREFIX = 'uvfio-';

export class ScratchDirectory {
  readonly path: string;
  readonly files: string;
  readonly memory: string;
  readonly view: string;
  /** The socket on which the run is asked about its machine. */
  readonly control: string;

  /** @param path a directory made by `create` */
  constructor(path: string) {
    this.path = path;
    this.files = join(path, 'files');
    this.memory = join(path, 'memory');
    this.view = join(path, 'view');
    this.control = join(path, 'control');
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
    removeOwnTree(this.path);
  }
}

/** A run that goes on, by the process it belongs to. */
export interface RunDirectory {
  readonly pid: number;
  readonly scratch: ScratchDirectory;
}

/** The directories of all runs that go on, ours or not, oldest process first. */
export function runDirectories(): RunDirectory[] {
  const base = baseDirectory();
  return namesIn(base)
    .filter(({ pid }) => isRunning(pid))
    .map(({ pid, name }) => ({ pid, scratch: new ScratchDirectory(join(base, name)) }))
    .sort((a, b) => a.pid - b.pid);
}

function namesIn(base: string): { readonly pid: number; readonly name: string }[] {
  return readdirSync(base).flatMap((name) => {
    const pid = /^uvfio-(\d+)-/.exec(name)?.[1];
    return pid === undefined ? [] : [{ pid: Number(pid), name }];
  });
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
  for (const { pid, name } of namesIn(base)) {
    if (isRunning(pid)) continue;
    try {
      removeOwnTree(join(base, name));
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
