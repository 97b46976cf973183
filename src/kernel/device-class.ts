/**
 * Device classes: devices that exist for their node in `/dev` and their entry in
 * `/sys/class/<class>`, without a bus (`struct class`, `device_create`).
 */
import type { FaultPoints } from './faults.js';
import { addPowerDirectory } from './power-sysfs.js';
import { addAttribute } from './sysfs.js';
import { type Directory, DeviceNode, addLink } from './tree.js';
import { storeUevent, ueventText } from './uevent.js';

/** Permission bits that a node has unless its class says otherwise. */
const DEFAULT_NODE_MODE = 0o600;

/** A device of a class. */
export interface ClassDeviceOptions {
  /** Name in sysfs. */
  readonly name: string;
  readonly major: number;
  readonly minor: number;
  /** Path of the node below `/dev`; default: what the class says for the name. */
  readonly nodeName?: string;
  /** Permission bits of the node. */
  readonly mode: number;
}

/** What makes a class. */
export interface DeviceClassOptions {
  readonly name: string;
  /** Path below `/dev` of a device's node (`devnode`). */
  readonly nodeName: (name: string) => string;
}

/** One class and its devices. */
export class DeviceClass {
  readonly name: string;
  readonly #nodeName: (name: string) => string;
  readonly #root: Directory;
  readonly #faults: FaultPoints;
  readonly #nodes = new Map<string, string>();

  constructor(root: Directory, faults: FaultPoints, options: DeviceClassOptions) {
    this.#root = root;
    this.#faults = faults;
    this.name = options.name;
    this.#nodeName = options.nodeName;
    this.#classDirectory();
  }

  /**
   * Adds a device: its node, its directory and its link in the class (`device_create`). A node name
   * that can't be made (fault `kasprintf`) leaves the node with the device's plain name.
   * @throws ENOMEM by fault `device_create`, EEXIST when the node's name is taken
   */
  createDevice(options: ClassDeviceOptions): void {
    this.#faults.check('device_create', 'ENOMEM');
    this.addDevice(options);
  }

  /** `createDevice` for those who fail at points of their own. @throws EEXIST */
  addDevice(options: ClassDeviceOptions): void {
    const { name, major, minor } = options;
    const nodeName = options.nodeName ?? this.#nodeNameOf(name);
    const [leaf, ...above] = nodeName.split('/').reverse() as [string, ...string[]];
    const folder = this.#root.directoryAt(`dev/${above.reverse().join('/')}`);
    folder.add(leaf, new DeviceNode({ mode: options.mode }, major, minor));
    this.#nodes.set(name, nodeName);
    const directory = this.#devicesDirectory().directory(name);
    addAttribute(directory, 'dev', { show: () => `${major}:${minor}\n` });
    const defaultMode = options.mode === DEFAULT_NODE_MODE;
    addAttribute(directory, 'uevent', {
      show: () =>
        ueventText({
          MAJOR: String(major),
          MINOR: String(minor),
          DEVNAME: nodeName,
          DEVMODE: defaultMode ? undefined : `0${options.mode.toString(8)}`,
        }),
      store: storeUevent,
    });
    addPowerDirectory(directory);
    addLink(directory, 'subsystem', this.#classDirectory());
    addLink(this.#classDirectory(), name, directory);
  }

  /** Removes a device with its node (`device_destroy`). */
  destroyDevice(name: string): void {
    const nodeName = this.#nodes.get(name);
    if (nodeName === undefined) return;
    this.#nodes.delete(name);
    this.#classDirectory().remove(name);
    this.#devicesDirectory().remove(name);
    removeNode(this.#root, nodeName);
  }

  /** Removes the class, which has no devices any more, from sysfs (`class_destroy`). */
  destroy(): void {
    this.#root.directoryAt('sys/class').remove(this.name);
  }

  #nodeNameOf(name: string): string {
    return this.#faults.hit('kasprintf') ? name : this.#nodeName(name);
  }

  #classDirectory(): Directory {
    return this.#root.directoryAt(`sys/class/${this.name}`);
  }

  #devicesDirectory(): Directory {
    return this.#root.directoryAt(`sys/devices/virtual/${this.name}`);
  }
}

/** Removes a node and, as devtmpfs does, the directories it leaves empty. */
function removeNode(root: Directory, nodeName: string): void {
  const names = nodeName.split('/');
  const leaf = names.pop() as string;
  let folder = root.directoryAt(`dev/${names.join('/')}`);
  folder.remove(leaf);
  while (names.length > 0 && folder.children.size === 0 && folder.parent !== undefined) {
    const { parent } = folder;
    parent.remove(names.pop() as string);
    folder = parent;
  }
}
