/**
 * Eventfds by the numbers that the kernel gives them, the same in every process. proc(5), `eventfd-id` of
 * fdinfo
 */
import { readdirSync } from 'node:fs';
import { descendants } from './descendants.js';
import { readLink, readSmallFile } from './native/proc-file.unsafe.js';

/** The eventfds that a process has open. */
export function eventFdsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fdinfo`).flatMap((fd) => eventFdId(pid, Number(fd)) ?? []);
  } catch {
    return []; // It has ended meanwhile.
  }
}

/** The eventfd behind a descriptor. */
export function eventFdId(pid: number | 'self', fd: number): string | undefined {
  return /^eventfd-id:\s*(\d+)/m.exec(readSmallFile(`/proc/${pid}/fdinfo/${fd}`) ?? '')?.[1];
}

/**
 * Looks whether an eventfd is still to be heard of.
 * @returns tells whether a process that goes on has closed all that it had of it, and its kin have none either
 */
export function watchEventFd(pid: number, fd: number): () => boolean {
  const id = eventFdId(pid, fd);
  return () => {
    if (id === undefined || eventFdId(pid, fd) === id) return false;
    // One that ends has lost its program first.
    if (readLink(`/proc/${pid}/exe`) === undefined) return false;
    return ![pid, ...descendants()].some((process) => eventFdsOf(process).includes(id));
  };
}
