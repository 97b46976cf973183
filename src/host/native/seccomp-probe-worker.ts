// The probe's thread: puts a filter that allows everything on itself, asks the listener, and ends.

import { parentPort } from 'node:worker_threads';
import { BpfAssembler, SECCOMP_RET_ALLOW } from './bpf.js';
import { libc } from './libc.unsafe.js';
import { NativeCallError } from './native-buffer.unsafe.js';
import { installFilter, wakeSynchronously } from './seccomp.unsafe.js';
import { type ListenerFeatures, probeListenerIoctls } from './seccomp-probe.unsafe.js';

parentPort?.postMessage(probe());

function probe(): ListenerFeatures {
  try {
    const { listenerFd } = installFilter(new BpfAssembler().return(SECCOMP_RET_ALLOW).assemble());
    const ioctls = probeListenerIoctls(listenerFd);
    // This filter notifies nothing, so the filtered thread may ask itself.
    const syncWakeUp = wakeSynchronously(listenerFd);
    libc().close(listenerFd);
    return { listenerErrno: 0, syncWakeUp, ...ioctls };
  } catch (error) {
    if (!(error instanceof NativeCallError)) throw error;
    return { listenerErrno: error.errno, addFd: false, addFdSend: false, syncWakeUp: false };
  }
}
