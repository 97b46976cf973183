// The file system that guests run on: busybox, modules of the kernel, programs compiled from programs/, and an
// init that runs scripts.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type CpioEntry, writeCpio } from '../archive/cpio.js';
import { moduleEntries } from './kernel.js';

const SOURCES = 'tools/guest';

/** What a guest is to have. */
export interface InitramfsOptions {
  /** The kernel's modules, by name; `modprobe` finds them and what they need. */
  readonly modules: readonly string[];
  /** C programs of programs/, by name; statically linked into /bin. */
  readonly programs?: readonly string[];
}

/** An image for `qemu-system-x86_64 -initrd`. @throws Error when there is no static busybox, or no compiler */
export function buildInitramfs(options: InitramfsOptions): Buffer {
  const executable = (name: string, content: Buffer): CpioEntry => ({
    ...{ type: 'file', name, content },
    isExecutable: true,
  });
  return writeCpio([
    ...['bin', 'lib', 'sbin'].map((name): CpioEntry => ({ type: 'folder', name })),
    executable('init', readFileSync(path.join(SOURCES, 'init'))),
    executable('bin/busybox', readBusybox()),
    // Where the kernel looks when it wants a module itself.
    { type: 'link', name: 'sbin/modprobe', target: '/bin/busybox' },
    ...(options.programs ?? []).map((name) => executable(`bin/${name}`, compile(name))),
    ...moduleEntries(options.modules),
  ]);
}

function readBusybox(): Buffer {
  const file = execFileSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).trim();
  const content = readFileSync(file);
  if (!content.includes('/ld-linux')) return content;
  throw new Error(`${file} needs libraries: install busybox-static`);
}

function compile(name: string): Buffer {
  const folder = mkdtempSync(path.join(tmpdir(), 'uvfio-guest-program-'));
  const output = path.join(folder, name);
  const source = path.join(SOURCES, 'programs', `${name}.c`);
  try {
    const flags = ['-O1', '-Wall', '-Wextra', '-pthread', '-static'];
    execFileSync('cc', [...flags, '-o', output, source]);
    return readFileSync(output);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
