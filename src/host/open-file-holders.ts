/** Which processes have files of the machine open or mapped: looked up when asked, by what `/proc` shows. */
import { readdirSync } from 'node:fs';
import type { OpenFileHolder } from '../machine/control/topology.js';
import { descendants } from './descendants.js';
import { readLink, readSmallFile } from './native/proc-file.unsafe.js';
import type { OpenFiles } from './open-files.unsafe.js';

/** All of them below this process. A file that a process has open twice is there twice. */
export function openFileHolders(openFiles: OpenFiles): OpenFileHolder[] {
  if (openFiles.size === 0) return [];
  return descendants().flatMap((pid) => {
    const program = readSmallFile(`/proc/${pid}/comm`)?.trimEnd() ?? '';
    const links = [...linksOf(pid), ...mappingsOf(pid)];
    return links.flatMap((link) => {
      const file = openFiles.findByLink(link)?.file;
      return file === undefined ? [] : [{ pid, program, file }];
    });
  });
}

function linksOf(pid: number): string[] {
  const directory = `/proc/${pid}/fd`;
  try {
    return readdirSync(directory).flatMap((fd) => readLink(`${directory}/${fd}`) ?? []);
  } catch {
    return []; // It has ended meanwhile, or is not ours to look into.
  }
}

/** Paths of mapped files: a descriptor may be closed long before its mapping goes. */
function mappingsOf(pid: number): string[] {
  const maps = readSmallFile(`/proc/${pid}/maps`) ?? '';
  return [...new Set([...maps.matchAll(/ (\/.*)$/gm)].map(([, path = '']) => path))];
}
