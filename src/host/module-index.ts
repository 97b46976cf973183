/**
 * The lists of modules in `/lib/modules/<release>` that kmod reads. `modules.builtin.bin` has what is part of
 * the kernel already: with the machine's drivers in it, `modprobe vfio-pci` is content, as it is where they are
 * loaded, on computers that have no such module. The others are empty where there are none, as in
 * containers: else tools complain. The format is that of `libkmod/libkmod-index.c`: a trie, all big-endian.
 */
import { existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import type { Directory } from '../kernel/tree.js';

const MAGIC = 0xb007_f457;
const VERSION = 0x0002_0001;
const HEADER_SIZE = 12;
/** Flags in the upper bits of a node's offset: it has values, it has children. */
const HAS_VALUES = 0x4000_0000;
const HAS_CHILDREN = 0x2000_0000;

const FOLDERS = ['', '/usr'].map((prefix) => `${prefix}/lib/modules/${release()}/`);
const BUILTIN = 'modules.builtin.bin';
const OTHERS = ['dep', 'alias', 'symbols', 'builtin.alias'].map((name) => `modules.${name}.bin`);

/** Whether a path is that of a list that is the machine's. */
export function isModuleIndex(path: string): boolean {
  if (!path.endsWith('.bin')) return false;
  const folder = FOLDERS.find((prefix) => path.startsWith(prefix));
  if (folder === undefined) return false;
  const name = path.slice(folder.length);
  return name === BUILTIN || (OTHERS.includes(name) && !existsSync(path));
}

/** A list, for the machine below `root`. */
export function moduleIndex(path: string, root: Directory): Uint8Array {
  return encodeIndex(path.endsWith(BUILTIN) ? [...builtinModules(), ...machineModules(root)] : []);
}

/** Modules by their names in sysfs, and drivers, whose modules are mostly called the same. */
function machineModules(root: Directory): string[] {
  const modules = root.directoryAt('sys/module').children.keys();
  const drivers = root.directoryAt('sys/bus/pci/drivers').children.keys();
  return [...modules, ...drivers].map((name) => name.replaceAll('-', '_'));
}

/** Lines of `modules.builtin` are paths: `kernel/drivers/vfio/vfio.ko`. */
function builtinModules(): string[] {
  try {
    const text = readFileSync(`/lib/modules/${release()}/modules.builtin`, 'utf8');
    return [...text.matchAll(/([^/\n]+)\.ko$/gm)].map(([, name = '']) => name.replaceAll('-', '_'));
  } catch {
    return [];
  }
}

class Node {
  readonly children = new Map<number, Node>();
  isName = false;
}

/** An index of names, each with an empty value. */
export function encodeIndex(names: readonly string[]): Uint8Array {
  const root = new Node();
  for (const name of names) {
    let at = root;
    for (const code of Buffer.from(name)) {
      const child = at.children.get(code) ?? new Node();
      at.children.set(code, child);
      at = child;
    }
    at.isName = true;
  }
  const bytes: number[] = new Array<number>(HEADER_SIZE).fill(0);
  const header = [MAGIC, VERSION, writeNode(bytes, root)];
  for (const [index, value] of header.entries()) setWord(bytes, index * 4, value);
  return Uint8Array.from(bytes);
}

/** Writes a node behind its children. @returns its offset, with flags */
function writeNode(bytes: number[], node: Node): number {
  const codes = [...node.children.keys()].sort((a, b) => a - b);
  const offsets = new Map<number, number>();
  for (const [code, child] of node.children) offsets.set(code, writeNode(bytes, child));
  const offset = bytes.length;
  const [first] = codes;
  const last = codes.at(-1);
  let flags = 0;
  if (first !== undefined && last !== undefined) {
    flags |= HAS_CHILDREN;
    bytes.push(first, last);
    for (let code = first; code <= last; code++) addWord(bytes, offsets.get(code) ?? 0);
  }
  if (node.isName) {
    flags |= HAS_VALUES;
    addWord(bytes, 1); // how many
    addWord(bytes, 0); // priority
    bytes.push(0); // the empty value's end
  }
  return offset | flags;
}

function addWord(bytes: number[], value: number): void {
  setWord(bytes, bytes.length, value);
}

function setWord(bytes: number[], at: number, value: number): void {
  for (let i = 0; i < 4; i++) bytes[at + i] = (value >>> (24 - 8 * i)) & 0xff;
}
