/**
 * Character devices by major and minor number. Opening a node of `/dev` comes here.
 */
import { kernelError } from './error.js';
import type { FaultPoints } from './faults.js';
import { File, type FileOperations } from './file.js';
import type { Inode } from './inode.js';
import type { Module } from './module.js';
import type { Task } from './task.js';

/** A driver of character devices (`struct cdev`). */
export interface CharacterDevice {
  /** How many minors, from 0, are served. */
  readonly minors: number;
  /** The module that every open file of a minor holds a reference to. */
  ownerOf(minor: number): Module;
  /** Opens a minor. The result is the open file's private data and operations in one. */
  open(task: Task, minor: number, flags: number): FileOperations;
}

/** Linux gives dynamic majors downwards; where it begins depends on what else is loaded. */
const FIRST_DYNAMIC_MAJOR = 246;

/** Character devices of a machine. */
export class CharacterDevices {
  readonly #faults: FaultPoints;
  readonly #regions = new Map<number, CharacterDevice | undefined>();

  constructor(faults: FaultPoints) {
    this.#faults = faults;
  }

  /**
   * Takes a free major (`alloc_chrdev_region`). Nothing serves it until `add`.
   * @throws EBUSY by fault `alloc_chrdev_region`
   */
  allocateMajor(): number {
    this.#faults.check('alloc_chrdev_region', 'EBUSY');
    let major = FIRST_DYNAMIC_MAJOR;
    while (this.#regions.has(major)) major -= 1;
    this.#regions.set(major, undefined);
    return major;
  }

  /** Gives back a major that nothing serves any more (`unregister_chrdev_region`). */
  freeMajor(major: number): void {
    if (this.#regions.get(major) !== undefined) throw new Error(`major ${major} is being served`);
    this.#regions.delete(major);
  }

  /** Starts serving a major (`cdev_add`). @throws ENOMEM by fault `cdev_add` */
  add(major: number, device: CharacterDevice): void {
    this.#faults.check('cdev_add', 'ENOMEM');
    this.#regions.set(major, device);
  }

  /** Stops serving a major; open files stay open (`cdev_del`). */
  remove(major: number): void {
    this.#regions.set(major, undefined);
  }

  /** The majors taken, with what serves each. */
  get regions(): ReadonlyMap<number, CharacterDevice | undefined> {
    return this.#regions;
  }

  /**
   * Opens a device.
   * @throws ENXIO when nothing serves the number or its module is going; else what the driver throws
   */
  open(task: Task, inode: Inode, major: number, minor: number, flags: number): File {
    const device = this.#regions.get(major);
    if (device === undefined || minor >= device.minors) throw kernelError('ENXIO');
    const owner = device.ownerOf(minor);
    if (!owner.tryGet()) throw kernelError('ENXIO');
    try {
      return new File(inode, device.open(task, minor, flags), flags, owner);
    } catch (error) {
      owner.put();
      throw error;
    }
  }
}
