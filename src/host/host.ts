/** What the handlers of native calls share: the machine and the host's views of the programs. */
import { statSync } from 'node:fs';
import type { File } from '../kernel/file.js';
import type { Kernel } from '../kernel/kernel.js';
import type { SystemCalls } from '../kernel/system-calls.js';
import type { ListingProgress } from './calls/list-directory.js';
import type { BornEventFds } from './born-event-fds.unsafe.js';
import type { ProcessMemory } from './native/process-memory.unsafe.js';
import type { NativeProcesses } from './native-process.js';
import type { OpenFiles } from './open-files.unsafe.js';
import type { ScratchDirectory } from './scratch-directory.js';
import type { StatContext } from './stat-layout.js';
import { View } from './view.js';
import { PathResolver } from './virtual-paths.js';

export interface HostParts {
  readonly kernel: Kernel;
  readonly calls: SystemCalls;
  readonly scratch: ScratchDirectory;
  readonly openFiles: OpenFiles;
  readonly processes: NativeProcesses;
  readonly memory: ProcessMemory;
  /** Eventfds of programs, where they are made here. */
  readonly bornEventFds: BornEventFds | undefined;
}

export class Host {
  readonly kernel: Kernel;
  readonly calls: SystemCalls;
  readonly scratch: ScratchDirectory;
  readonly openFiles: OpenFiles;
  readonly processes: NativeProcesses;
  readonly memory: ProcessMemory;
  readonly bornEventFds: BornEventFds | undefined;
  readonly view: View;
  readonly paths: PathResolver;
  /** Whether a program has moved one of our descriptors to a low number, where writes are not asked about. */
  hasLowDescriptors = false;
  /** The path of the machine that the current call was found to be about, for who records it. */
  path: string | undefined;
  /** Where the link leads to that it has read. */
  target: string | undefined;
  /** Whether a program is in a directory that only the machine has. */
  hasVirtualDirectories = false;
  /** Where programs are in lists of the machine's entries in real directories, by process and descriptor. */
  readonly listings = new Map<string, ListingProgress>();
  readonly #sysDevice = deviceOf('/sys');
  readonly #devDevice = deviceOf('/dev');
  readonly #startTime = Math.floor(Date.now() / 1000);

  constructor(parts: HostParts) {
    this.kernel = parts.kernel;
    this.calls = parts.calls;
    this.scratch = parts.scratch;
    this.openFiles = parts.openFiles;
    this.processes = parts.processes;
    this.memory = parts.memory;
    this.bornEventFds = parts.bornEventFds;
    this.view = new View(parts.scratch.view);
    this.paths = new PathResolver(parts.scratch.view);
  }

  /** What `stat` says about an inode beyond the inode itself. */
  statContext(label: string): StatContext {
    const device = label.startsWith('/dev') ? this.#devDevice : this.#sysDevice;
    return { device, time: this.#startTime };
  }

  /** The machine's file behind a descriptor of a thread; undefined when it is not ours. */
  fileOf(tid: number, fd: number): File | undefined {
    return fd < 0 ? undefined : this.processes.fileOf(tid, fd);
  }
}

function deviceOf(path: string): { major: number; minor: number } {
  const { dev } = statSync(path);
  return { major: (dev >>> 8) & 0xfff, minor: (dev & 0xff) | ((dev >>> 12) & 0xfff00) };
}
