/**
 * Processes that a program leaves behind. Without the host they could not go on: whatever they ask of
 * `/dev` and `/sys` has nobody to answer. So they are ended with it, first politely.
 */
import { readSmallFile } from './native/proc-file.unsafe.js';
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { libc } from './native/libc.unsafe.js';

const PR_SET_CHILD_SUBREAPER = 36;
const GRACE_MS = 1000;
const LOOK_EVERY_MS = 5;

/** Orphans below this process become its children, so that they can be found. */
export function becomeSubreaper(): void {
  libc().prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/** Ends all processes below this one: SIGTERM, and after a second SIGKILL. @returns how many there were */
export async function endDescendants(): Promise<number> {
  let left = descendants();
  const count = left.length;
  for (const pid of left) kill(pid, 'SIGTERM');
  for (let waitedMs = 0; left.length > 0 && waitedMs < GRACE_MS; waitedMs += LOOK_EVERY_MS) {
    await sleep(LOOK_EVERY_MS);
    left = descendants();
  }
  while (left.length > 0) {
    for (const pid of left) kill(pid, 'SIGKILL');
    await sleep(LOOK_EVERY_MS);
    left = descendants();
  }
  return count;
}

/** Ends all processes below this one, without a chance to do anything. */
export function endDescendantsAtOnce(): void {
  for (const pid of descendants()) kill(pid, 'SIGKILL');
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

/** Processes below this one that have not ended. */
export function descendants(): number[] {
  const childrenOf = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    // The command name in parentheses may hold anything; state and parent follow the last one.
    const fields = readSmallFile(`/proc/${name}/stat`)?.split(') ').at(-1)?.split(' ');
    if (fields === undefined || fields[0] === 'Z' || fields[0] === 'X') continue;
    const parent = Number(fields[1]);
    childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), Number(name)]);
  }
  const found: number[] = [];
  const pending = [process.pid];
  for (let pid = pending.pop(); pid !== undefined; pid = pending.pop()) {
    const children = childrenOf.get(pid) ?? [];
    found.push(...children);
    pending.push(...children);
  }
  return found;
}
