// One program under the tests' filter, served by serving-worker, with what it printed and what the worker saw.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type {
  BpfProgram,
  Launcher,
  ProgramExit,
  ProgramOptions,
} from '../../../src/host/native/index.js';
import { compiledUrl, type Native } from './compiled.js';
import type { ServingOptions, ServingResult } from './workers/serving-worker.js';

export const injectedFd = 700;

export interface SessionResult extends ServingResult {
  readonly pid: number;
  readonly exit: ProgramExit;
  readonly output: string;
}

/** Notifies openat, and ioctl of type byte 0x3b; at no other call does the program stop. */
export function testFilter({
  BpfAssembler,
  architecture,
  seccompData,
  SECCOMP_RET_ALLOW,
  SECCOMP_RET_USER_NOTIF,
}: Native): BpfProgram {
  const { syscalls, auditArch } = architecture;
  return new BpfAssembler()
    .load(seccompData.arch)
    .jumpUnless('eq', auditArch, 'allow')
    .load(seccompData.nr)
    .jumpIf('eq', syscalls.openat, 'notify')
    .jumpUnless('eq', syscalls.ioctl, 'allow')
    .load(seccompData.argumentLow(1))
    .and(0xff00)
    .jumpIf('eq', 0x3b00, 'notify')
    .label('allow')
    .return(SECCOMP_RET_ALLOW)
    .label('notify')
    .return(SECCOMP_RET_USER_NOTIF)
    .assemble();
}

/** A serving worker for `listenerFd`; `stop` ends it and closes the listener. */
export async function startServing(
  native: Native,
  listenerFd: number,
): Promise<{ stop: () => Promise<ServingResult> }> {
  const stopFd = native.EventFd.create();
  const options: ServingOptions = { listenerFd, stopFd: stopFd.fd, injectedFd };
  const url = compiledUrl('test/host/native/workers/serving-worker.js');
  const worker = new Worker(url, { workerData: options, execArgv: [] });
  const next = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  await next();
  return {
    async stop() {
      const result = next();
      stopFd.signal();
      return (await result) as ServingResult;
    },
  };
}

/** Runs a shell command to its end. Its output goes to a file, as the launcher's streams are inherited. */
export async function runSession(
  native: Native,
  command: string,
  options: Partial<ProgramOptions> = {},
): Promise<SessionResult> {
  const directory = mkdtempSync(join(tmpdir(), 'uvfio-native-'));
  const outputPath = join(directory, 'output');
  const launcher = await native.Launcher.prepare(testFilter(native));
  const serving = await startServing(native, launcher.filter.listenerFd);
  const stop = async (): Promise<ServingResult> => {
    await launcher.close();
    return serving.stop();
  };
  try {
    const { pid, exit } = await runToExit(launcher, {
      file: '/bin/sh',
      args: ['-c', `{ ${command}\n} > ${outputPath} 2>&1`],
      env: { PATH: '/usr/bin:/bin' },
      ...options,
    });
    return { ...(await stop()), pid, exit, output: readFileSync(outputPath, 'utf8') };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function runToExit(
  launcher: Launcher,
  program: ProgramOptions,
): Promise<{ pid: number; exit: ProgramExit }> {
  const { pid, exited } = await launcher.spawn(program);
  return { pid, exit: await exited };
}
