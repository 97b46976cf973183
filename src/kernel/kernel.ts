/**
 * The kernel of one machine: the things everything above plugs into. It knows nothing of VFIO, PCI
 * or how system calls come in.
 */
import { CharacterDevices } from './character-device.js';
import { DeviceClass, type DeviceClassOptions } from './device-class.js';
import { FaultPoints } from './faults.js';
import { type Disk, DiskError, type DiskRequest } from './disk.js';
import { Diagnostics } from './diagnostics.js';
import type { File } from './file.js';
import { KernelLog } from './log.js';
import { MemoryDisk } from './memory-disk.js';
import { LocalMemoryObject, type MemoryObject } from './memory-object.js';
import { MISC_MAJOR, MiscDevices } from './misc-device.js';
import { Module } from './module.js';
import { Pollers } from './pollers.js';
import { Scheduler } from './scheduler.js';
import { checkPermission } from './path-walk.js';
import type { Task } from './task.js';
import { TimerQueue } from './timers.js';
import { type DeviceNode, Directory, type Owner } from './tree.js';
import { O_ACCMODE, O_RDONLY, O_WRONLY, R_OK, W_OK } from '../uapi/file.js';

/** What can be said of a kernel when it is made. */
export interface KernelOptions {
  /** Who owns `/dev` and `/sys`. Default: root. */
  readonly owner?: Owner;
  /**
   * Loads a module by name, as `request_module` does by way of user space: the composition root
   * knows what there is. Default: there is none.
   */
  readonly requestModule?: (name: string) => void;
  /** Makes memory that clients can map. Default: of this process alone. */
  readonly createMemory?: (name: string) => MemoryObject;
  /** Opens image files. Default: there are none, disks are in memory. @throws DiskError */
  readonly openDisk?: (request: DiskRequest & { readonly file: string }) => Disk;
  /**
   * Whether a device model that throws is only reported in the log. Default: it is reported, and what it
   * threw comes out of the call that made it.
   */
  readonly containsModelDefects?: boolean;
}

export class Kernel {
  readonly log = new KernelLog();
  readonly faults = new FaultPoints();
  /** What happens, for whoever wants to know. */
  readonly diagnostics = new Diagnostics();
  readonly timers = new TimerQueue(this.diagnostics.turn);
  readonly scheduler = new Scheduler(this.timers, this.diagnostics.turn);
  /** `/`, with `/dev` and `/sys`. */
  readonly root: Directory;
  readonly characterDevices = new CharacterDevices(this.faults);
  readonly miscDevices: MiscDevices;
  readonly pollers = new Pollers(this.diagnostics.turn);
  /** Whether a device model that throws is reported, and nothing else. */
  readonly containsModelDefects: boolean;
  readonly #modules = new Map<string, Module>();
  readonly #requestModule: (name: string) => void;
  readonly #createMemory: (name: string) => MemoryObject;
  readonly #openDisk: KernelOptions['openDisk'];

  constructor(options: KernelOptions = {}) {
    const owner = options.owner ?? { uid: 0, gid: 0 };
    this.root = new Directory({ mode: 0o755, owner });
    this.#requestModule = options.requestModule ?? (() => undefined);
    this.#createMemory = options.createMemory ?? (() => new LocalMemoryObject());
    this.#openDisk = options.openDisk;
    this.containsModelDefects = options.containsModelDefects ?? false;
    const miscClass = this.createClass({ name: 'misc', nodeName: (name) => name });
    this.miscDevices = new MiscDevices(miscClass, this.faults);
    this.characterDevices.add(MISC_MAJOR, this.miscDevices);
  }

  /** The module of a name, made when first asked for. */
  module(name: string): Module {
    let module = this.#modules.get(name);
    if (module === undefined) {
      module = new Module(name);
      this.#modules.set(name, module);
    }
    return module;
  }

  /** Asks for a module to be loaded, if there is one of this name. */
  requestModule(name: string): void {
    this.#requestModule(name);
  }

  /** New zeroed memory that a device and its clients share; `name` says whose it is. */
  createMemory(name: string): MemoryObject {
    return this.#createMemory(name);
  }

  /** Opens what a storage device is to keep its blocks on. @throws DiskError */
  openDisk({ file, size, isReadOnly = false }: DiskRequest): Disk {
    if (file === undefined) return new MemoryDisk(size ?? 0, isReadOnly);
    if (this.#openDisk !== undefined) {
      return this.#openDisk({ file, isReadOnly, ...(size === undefined ? {} : { size }) });
    }
    const fix = 'leave it out, or give the machine `openDisk`';
    throw new DiskError(`${file}: this machine opens no files`, { fix });
  }

  /** A file has been opened: tells of it, and will tell of its release. */
  opened(file: File): File {
    const { fileOpened, fileReleased } = this.diagnostics;
    file.released = fileReleased;
    fileOpened.publish?.(file);
    return file;
  }

  /** A new class of devices (`class_create`). @throws ENOMEM by fault `class_create` */
  createClass(options: DeviceClassOptions): DeviceClass {
    this.faults.check('class_create', 'ENOMEM');
    return new DeviceClass(this.root, this.faults, options);
  }

  /**
   * Opens a device node for a task.
   * @throws EACCES, ENXIO, or what the driver throws
   */
  openDeviceNode(task: Task, node: DeviceNode, flags: number): File {
    const { inode } = node;
    checkPermission(inode, task.credentials, accessWanted(flags));
    return this.opened(this.characterDevices.open(task, inode, node.major, node.minor, flags));
  }
}

/** The permissions that opening with these flags takes. */
export function accessWanted(flags: number): number {
  switch (flags & O_ACCMODE) {
    case O_RDONLY:
      return R_OK;
    case O_WRONLY:
      return W_OK;
    default:
      return R_OK | W_OK;
  }
}
