// Limits of this or another process. Of descriptors (RLIMIT_NOFILE), node raises its own soft limit to the hard
// one at start, and children inherit that: programs that loop over all descriptors then take ages. prlimit(2)

import { libc } from './libc.unsafe.js';
import { RLIMIT_FSIZE, RLIMIT_NOFILE } from './linux-constants.js';
import { NativeBuffer, NativeCallError } from './native-buffer.unsafe.js';

/** RLIM_INFINITY comes out as Number.MAX_SAFE_INTEGER. */
export interface ResourceLimit {
  readonly soft: number;
  readonly hard: number;
}

/** In descriptors. @param pid 0 is this process */
export function descriptorLimit(pid = 0): ResourceLimit {
  return limitOf(RLIMIT_NOFILE, pid);
}

/** Bytes that files may grow to. */
export function fileSizeLimit(): ResourceLimit {
  return limitOf(RLIMIT_FSIZE, 0);
}

function limitOf(resource: number, pid: number): ResourceLimit {
  using memory = NativeBuffer.allocate(16);
  const error = libc().prlimit64(pid, resource, 0, memory.address);
  if (error < 0) throw new NativeCallError('prlimit64', -error);
  return { soft: clamp(memory.u64[0]), hard: clamp(memory.u64[1]) };
}

/** Sets the soft limit, no further than the hard one. @returns the limit before */
export function setSoftDescriptorLimit(soft: number, pid = 0): ResourceLimit {
  const before = descriptorLimit(pid);
  using memory = NativeBuffer.allocate(16);
  libc().prlimit64(pid, RLIMIT_NOFILE, 0, memory.address);
  const hard = memory.u64[1] ?? 0n;
  memory.u64[0] = BigInt(soft) < hard ? BigInt(soft) : hard;
  const error = libc().prlimit64(pid, RLIMIT_NOFILE, memory.address, 0);
  if (error < 0) throw new NativeCallError('prlimit64', -error);
  return before;
}

function clamp(value: bigint | undefined): number {
  return Math.min(Number(value ?? 0n), Number.MAX_SAFE_INTEGER);
}
