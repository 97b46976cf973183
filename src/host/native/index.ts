// The raw Linux layer. See README.md.

export * from './bpf.js';
export * from './event-fd.unsafe.js';
export * from './file-status.unsafe.js';
export * from './inotify.unsafe.js';
export * from './launcher.js';
export type { ProgramExit, ProgramOptions } from './launcher-protocol.js';
export { type Libc, libc } from './libc.unsafe.js';
export * as linux from './linux-constants.js';
export * from './native-buffer.unsafe.js';
export * from './notification-listener.unsafe.js';
export * from './platform.js';
export * from './poller.unsafe.js';
export * from './process-memory.unsafe.js';
export * from './resource-limit.unsafe.js';
export * from './seccomp.unsafe.js';
export { probeSeccomp, type SeccompFeatures } from './seccomp-probe.unsafe.js';
export * as architecture from './x86-64.js';
