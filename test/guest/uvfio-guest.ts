// Guests under `uvfio run`, started by a user without privileges where the tests can do so.
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { Guest } from '../../tools/guest/guest.js';
import { buildInitramfs, type InitramfsOptions } from '../../tools/guest/initramfs.js';
import { isKernelThere, KERNEL_IMAGE } from '../../tools/guest/kernel.js';
import { qemuCommand } from '../../tools/guest/qemu.js';
import { MAIN } from '../host/uvfio.js';
import { ALICE, asUser, commandForAll } from '../support/other-user.js';
import { findProgram, requiresThat } from '../support/requirement.js';

/** Guests start within seconds on an idle computer. */
export const GUEST_TEST_TIMEOUT_MS = 240_000;

/** A guest and the machine of uvfio that it gets devices from. */
export interface GuestOptions {
  /** `--device` of uvfio. */
  readonly devices: readonly string[];
  /** `--net` of uvfio. */
  readonly networks?: readonly string[];
  /** `-device` and others of QEMU. */
  readonly qemu: readonly string[];
  readonly kernelArgs?: readonly string[];
}

/** Defines the tests in `body` when guests can be started. */
export function requiresGuests(body: () => void): void {
  const missing = missingForGuests();
  requiresThat(missing.length === 0, `needs ${missing.join(', ')}`, body);
}

/** What this computer lacks to start guests. */
export function missingForGuests(): string[] {
  const programs = ['qemu-system-x86_64', 'busybox', 'cc']
    .filter((program) => findProgram(program) === undefined)
    .map((program) => `${program} on the PATH`);
  const kernel = isKernelThere() ? [] : ['a kernel for guests (tools/guest/fetch-kernel.sh)'];
  return [...programs, ...kernel];
}

/** What several guests are started from: kernel, file system, and a folder for their images. */
export class GuestFactory {
  /** A folder in which guests' emulators may write. */
  readonly folder: string;

  constructor(options: InitramfsOptions) {
    this.folder = mkdtempSync(path.join(tmpdir(), 'uvfio-guest-'));
    chmodSync(this.folder, 0o777);
    // The clone need not be readable for everybody.
    copyFileSync(KERNEL_IMAGE, path.join(this.folder, 'vmlinux'));
    const initramfs = buildInitramfs(options);
    writeFileSync(path.join(this.folder, 'initramfs'), initramfs);
    afterAll(() => rmSync(this.folder, { recursive: true }));
  }

  /** Starts a guest and waits until it takes scripts. */
  async boot({ devices, networks = [], qemu, kernelArgs = [] }: GuestOptions): Promise<Guest> {
    const isRoot = process.getuid?.() === 0;
    const uvfio = [process.execPath, isRoot ? commandForAll() : MAIN, 'run'];
    return await Guest.boot([
      ...(isRoot ? asUser(ALICE) : []),
      ...uvfio,
      ...['--memlock', 'unlimited'],
      ...devices.flatMap((device) => ['--device', device]),
      ...networks.flatMap((network) => ['--net', network]),
      '--',
      ...qemuCommand({
        kernel: path.join(this.folder, 'vmlinux'),
        initramfs: path.join(this.folder, 'initramfs'),
        args: qemu,
        kernelArgs,
      }),
    ]);
  }
}
