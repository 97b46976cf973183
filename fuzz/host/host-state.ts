// What a running uvfio holds, from outside: memory, descriptors, open files of programs.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';

const SCRATCH = '/dev/shm';

/** How much there is while no program runs but the one that waits. */
export interface HostState {
  /** System calls made so far. */
  readonly calls: number;
  /** Resident memory in KiB. */
  readonly residentKib: number;
  readonly descriptors: number;
  /** How many of them there are of each kind. */
  readonly open: ReadonlyMap<string, number>;
  /** Files of the machine that are open in programs. */
  readonly openFiles: number;
}

export function hostState(pid: number, calls: number): HostState {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const open = openDescriptors(pid);
  return {
    calls,
    residentKib: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]),
    descriptors: [...open.values()].reduce((sum, count) => sum + count, 0),
    open,
    openFiles: scratchDirectories(pid).flatMap((folder) => readdirSync(path.join(folder, 'files')))
      .length,
  };
}

/** Descriptors by what they are of, without numbers. */
function openDescriptors(pid: number): Map<string, number> {
  const open = new Map<string, number>();
  const folder = `/proc/${pid}/fd`;
  for (const fd of readdirSync(folder)) {
    const name = linkOf(path.join(folder, fd)).replace(/\d+/g, 'N');
    open.set(name, (open.get(name) ?? 0) + 1);
  }
  return open;
}

function linkOf(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return 'closed meanwhile';
  }
}

/** Temporary directories of the run whose process has this number. */
export function scratchDirectories(pid: number): string[] {
  const names = readdirSync(SCRATCH).filter((name) => name.startsWith(`uvfio-${pid}-`));
  return names.map((name) => path.join(SCRATCH, name));
}

/** Processes that run a program. */
export function processesOf(program: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => executableOf(pid) === program);
}

function executableOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined; // it has ended meanwhile, or is somebody else's
  }
}
