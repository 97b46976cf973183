// The thread that is filtered. It installs the filter on itself, hands out the listener, and does nothing that
// could be notified until told that someone serves it; then it spawns the program, which inherits the filter.
// Everything it needs is imported before: from the filter on its own path calls wait for an answer as well.

import { spawn } from 'node:child_process';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { kickRequest, watchHotLine } from './hot-line.js';
import type {
  LauncherOrder,
  LauncherReport,
  LauncherWorkerData,
  ProgramOptions,
} from './launcher-protocol.js';
import { libc } from './libc.unsafe.js';
import { F_GETFD, F_SETFD } from './linux-constants.js';
import { NativeCallError } from './native-buffer.unsafe.js';
import { setSoftDescriptorLimit } from './resource-limit.unsafe.js';
import { installFilter } from './seccomp.unsafe.js';

const port = parentPort;
if (port === null) throw new Error('launcher-worker runs as a worker thread only');

const report = (message: LauncherReport): void => port.postMessage(message);

main(workerData as LauncherWorkerData);

function main({ filter, gate, hotLine }: LauncherWorkerData): void {
  try {
    report({ type: 'ready', ...installFilter(filter), tid: libc().gettid() });
  } catch (error) {
    const { call, errno } =
      error instanceof NativeCallError ? error : { call: 'installFilter', errno: 0 };
    report({ type: 'failed', call, errno, message: String(error) });
    return;
  }
  Atomics.wait(new Int32Array(gate), 0, 0);
  const order = (port === null ? undefined : receiveMessageOnPort(port)?.message) as
    | LauncherOrder
    | undefined;
  if (order?.type === 'spawn') run(order.program, hotLine);
}

function run(program: ProgramOptions, hotLine: SharedArrayBuffer): void {
  try {
    const child = spawnInherited(program);
    if (child.pid !== undefined) report({ type: 'spawned', pid: child.pid });
    child.on('error', (error: NodeJS.ErrnoException) => reportSpawnError(error));
    const stopWatching = watchHotLine(hotLine, () => libc().ioctl(-1, kickRequest, 0));
    child.on('exit', (code, signal) => {
      stopWatching();
      report({ type: 'exited', code, signal });
    });
  } catch (error) {
    reportSpawnError(error as NodeJS.ErrnoException); // what node does not deliver as an event, such as E2BIG
  }
}

/**
 * libuv's spawn returns after the exec, so what is the whole process' (the limit, close-on-exec flags) is changed
 * for that long only. Other threads keep what they have open, and open more below the limit meanwhile.
 */
function spawnInherited(program: ProgramOptions): ReturnType<typeof spawn> {
  const { softDescriptorLimit, descriptors = [] } = program;
  const limit =
    softDescriptorLimit === undefined ? undefined : setSoftDescriptorLimit(softDescriptorLimit);
  const flags = descriptors.map((fd) => libc().fcntl(fd, F_GETFD, 0));
  for (const fd of descriptors) libc().fcntl(fd, F_SETFD, 0);
  try {
    return spawn(program.file, program.args, {
      stdio: 'inherit',
      env: program.env,
      ...(program.cwd === undefined ? {} : { cwd: program.cwd }),
      ...(program.argv0 === undefined ? {} : { argv0: program.argv0 }),
    });
  } finally {
    for (const [index, fd] of descriptors.entries()) libc().fcntl(fd, F_SETFD, flags[index] ?? 0);
    if (limit !== undefined) setSoftDescriptorLimit(limit.soft);
  }
}

function reportSpawnError(error: NodeJS.ErrnoException): void {
  report({
    type: 'spawnFailed',
    code: error.code ?? 'UNKNOWN',
    errno: Math.abs(error.errno ?? 0),
    message: error.message,
  });
}
