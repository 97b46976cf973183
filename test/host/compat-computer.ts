// Where 32-bit programs can run: this computer, or a guest of QEMU that has its files and a kernel of Debian.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { Guest } from '../../tools/guest/guest.js';
import {
  HOST_FILE_ARGS,
  HOST_FILE_MODULES,
  MOUNT_HOST_FILES,
  onHostFiles,
} from '../../tools/guest/host-files.js';
import { buildInitramfs } from '../../tools/guest/initramfs.js';
import { KERNEL_IMAGE } from '../../tools/guest/kernel.js';
import { qemuCommand } from '../../tools/guest/qemu.js';
import { type Ended, start } from './uvfio.js';

/** A computer whose kernel runs 32-bit programs. */
export interface CompatComputer {
  /** Everything takes ten times as long and more: tests that can do with less do less. */
  readonly isEmulated: boolean;
  /** For a test. */
  readonly timeoutMs: number;
  /** Runs a command in the working directory, by paths of this computer. */
  run(...command: string[]): Promise<Ended>;
}

export const thisComputer: CompatComputer = {
  isEmulated: false,
  timeoutMs: 120_000,
  run: async (...command) => await start(command, {}, 110_000).ended,
};

/**
 * A guest that is started before the first test of the file, and ended after the last. What is to run there has
 * to be there then: compile it while tests are defined.
 */
export function emulatedComputer(): CompatComputer {
  const timeoutMs = 240_000;
  const folder = mkdtempSync(path.join(tmpdir(), 'uvfio-compat-'));
  let guest: Guest | undefined;
  beforeAll(async () => {
    guest = await bootWithHostFiles(folder);
  }, timeoutMs);
  afterAll(async () => {
    await guest?.kill();
    rmSync(folder, { recursive: true });
  }, timeoutMs);
  return {
    isEmulated: true,
    timeoutMs,
    run: async (...command) => {
      if (guest === undefined) throw new Error('the guest has not been started');
      return await runIn(guest, command, timeoutMs - 10_000);
    },
  };
}

async function bootWithHostFiles(folder: string): Promise<Guest> {
  const initramfs = path.join(folder, 'initramfs');
  writeFileSync(initramfs, buildInitramfs({ modules: HOST_FILE_MODULES }));
  const guest = await Guest.boot(
    qemuCommand({ kernel: KERNEL_IMAGE, initramfs, args: HOST_FILE_ARGS, memory: '512M' }),
  );
  try {
    await guest.do(MOUNT_HOST_FILES);
    return guest;
  } catch (error) {
    await guest.kill();
    throw error;
  }
}

/** The console has standard output and error in one, and is not made for all characters: they come in base64. */
async function runIn(guest: Guest, command: readonly string[], timeoutMs: number): Promise<Ended> {
  const script = `(exec > /run/stdout 2> /run/stderr; exec ${onHostFiles(command)})
    status=$?
    for file in /run/stdout /run/stderr; do echo .; base64 $file; done
    exit $status`;
  const { status, output } = await guest.run(script, timeoutMs);
  // Before them, the guest's shell says which signal it was.
  const [, stdout = '', stderr = ''] = output
    .split('.\n')
    .map((text) => Buffer.from(text, 'base64').toString());
  // As shells say that a signal was the end.
  const signal = signalOf(status - 128);
  return { status: signal === null ? status : null, signal, stdout, stderr };
}

function signalOf(number: number): NodeJS.Signals | null {
  const names = Object.entries(constants.signals) as [NodeJS.Signals, number][];
  return names.find(([, value]) => value === number)?.[0] ?? null;
}
