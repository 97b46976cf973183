// Starts the built `uvfio` as its users do, and looks at what is left afterwards.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The built command. */
export const MAIN = fileURLToPath(new URL('../../dist/bin/uvfio.js', import.meta.url));
const clients = fileURLToPath(new URL('clients', import.meta.url));

const RUN_TIMEOUT_MS = 18_000;

/** How a run ended. */
export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run that has not ended. */
export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when the output has come to contain this. */
  until(text: string): Promise<void>;
}

/** Starts `uvfio` with these arguments. */
export function startUvfio(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  return start([process.execPath, MAIN, ...args], env);
}

/** Starts a command. @param timeout in milliseconds: what a failing test leaves must not outlive it for long */
export function start(
  command: readonly string[],
  env: NodeJS.ProcessEnv = {},
  timeout = RUN_TIMEOUT_MS,
): Running {
  const [file = '', ...args] = command;
  const child = spawn(file, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout,
    killSignal: 'SIGTERM',
  });
  let stdout = '';
  let stderr = '';
  const waiters = new Set<() => void>();
  child.stdout.on('data', (data: Buffer) => {
    stdout += data.toString();
    for (const waiter of waiters) waiter();
  });
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString();
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (status, signal) => resolve({ status, signal, stdout, stderr }));
  });
  const until = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!stdout.includes(text)) return;
        waiters.delete(look);
        resolve();
      };
      waiters.add(look);
      look();
      void ended.then(() => reject(new Error(`ended without '${text}': ${stdout}${stderr}`)));
    });
  return { process: child, ended, until };
}

/** Runs `uvfio` to its end. */
export async function uvfio(...args: string[]): Promise<Ended> {
  return await startUvfio(args).ended;
}

/** Runs a shell command on the default machine. */
export async function inShell(command: string): Promise<Ended> {
  return await uvfio('run', '--', 'sh', '-c', command);
}

let built: string | undefined;

/** Compiles a C program of `clients/` and returns the path of the result. */
export function compiled(name: string, ...flags: string[]): string {
  built ??= mkdtempSync(path.join(tmpdir(), 'uvfio-test-'));
  const output = path.join(built, [name, ...flags].join(''));
  const source = path.join(clients, `${name}.c`);
  execFileSync('cc', ['-O1', '-Wall', '-Wextra', '-pthread', ...flags, '-o', output, source]);
  return output;
}

/** Temporary directories of the run whose process has this number. */
export function scratchDirectories(pid: number | undefined): string[] {
  return readdirSync('/dev/shm').filter((name) => name.startsWith(`uvfio-${pid}-`));
}
