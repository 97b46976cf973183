// The processor time of the calling thread. clock_gettime(2)

import { libc } from './libc.unsafe.js';
import { NativeBuffer } from './native-buffer.unsafe.js';
import { syscalls } from './x86-64.js';

const CLOCK_THREAD_CPUTIME_ID = 3;

/** Makes a function that says, in milliseconds, how long the thread that calls it has run. */
export function threadClock(): () => number {
  const { syscall } = libc();
  const time = NativeBuffer.allocate(16);
  return () => {
    syscall(syscalls.clock_gettime, CLOCK_THREAD_CPUTIME_ID, time.address);
    return Number(time.u64[0]) * 1e3 + Number(time.u64[1]) / 1e6;
  };
}
