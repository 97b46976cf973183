/** Whether uvfio itself gets by with the descriptors that it may have: threads that get none hang. */
import { descriptorLimit } from './native/resource-limit.unsafe.js';

/** Threads, sockets and files of a run, with a trace, and some for the program. */
export const LEAST_DESCRIPTORS = 64;

export function hasEnoughDescriptors(): boolean {
  return descriptorLimit().hard >= LEAST_DESCRIPTORS;
}
