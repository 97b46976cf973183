// The kernel that guests run: Debian's, as fetch-kernel.sh leaves it, and those of its modules that are asked
// for, with what they depend on.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { CpioEntry } from '../archive/cpio.js';

/** Where the tests, the benchmarks and fetch-kernel.sh have it. */
const FOLDER = 'node_modules/.cache/uvfio/guest-kernel';

/** The kernel to start a guest with. */
export const KERNEL_IMAGE = path.join(FOLDER, 'vmlinux');

/** Whether fetch-kernel.sh has been run. */
export function isKernelThere(): boolean {
  return existsSync(KERNEL_IMAGE);
}

/** Files for a guest in which `modprobe`, by hand or by the kernel, finds some modules. */
export function moduleEntries(names: readonly string[]): CpioEntry[] {
  const [release = ''] = readdirSync(path.join(FOLDER, 'lib/modules'));
  const folder = path.join('lib/modules', release);
  const text = (name: string): string => readFileSync(path.join(FOLDER, folder, name), 'utf8');
  const dependencies = readDependencies(text('modules.dep'));
  const files = withDependencies(dependencies, names);
  const chosen = new Set(files.map(moduleName));
  const aliases = text('modules.alias')
    .split('\n')
    .filter((line) => chosen.has(line.slice(line.lastIndexOf(' ') + 1)));
  const lists: [string, readonly string[]][] = [
    ['modules.dep', files.map((file) => `${file}: ${(dependencies.get(file) ?? []).join(' ')}`)],
    ['modules.alias', aliases],
  ];
  return [
    ...foldersOf(files.map((file) => path.join(folder, file))),
    ...files.map((file): CpioEntry => {
      const name = path.join(folder, file);
      return { type: 'file', name, content: readFileSync(path.join(FOLDER, name)) };
    }),
    ...lists.map(([name, lines]): CpioEntry => {
      const content = Buffer.from(`${lines.join('\n')}\n`);
      return { type: 'file', name: path.join(folder, name), content };
    }),
  ];
}

/** `modules.dep`: by file the files it needs, theirs included. */
function readDependencies(text: string): Map<string, string[]> {
  const lines = text.split('\n').filter((line) => line !== '');
  return new Map(
    lines.map((line) => {
      const [file = '', needed = ''] = line.split(':');
      return [file, needed.split(' ').filter((name) => name !== '')];
    }),
  );
}

function withDependencies(
  dependencies: ReadonlyMap<string, readonly string[]>,
  names: readonly string[],
): string[] {
  const byName = new Map([...dependencies.keys()].map((file) => [moduleName(file), file]));
  const wanted = names.map((name) => {
    const file = byName.get(name.replaceAll('-', '_'));
    if (file === undefined) throw new Error(`the guest's kernel has no module ${name}`);
    return file;
  });
  return [...new Set(wanted.flatMap((file) => [file, ...(dependencies.get(file) ?? [])]))];
}

/** `kernel/drivers/nvme/host/nvme-core.ko` is `nvme_core`. */
function moduleName(file: string): string {
  return path.basename(file, '.ko').replaceAll('-', '_');
}

/** The folders that files are in, outer ones first. */
function foldersOf(files: readonly string[]): CpioEntry[] {
  const names = files.flatMap((file) => {
    const parts = path.dirname(file).split('/');
    return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  });
  return [...new Set(names)].map((name) => ({ type: 'folder', name }));
}
