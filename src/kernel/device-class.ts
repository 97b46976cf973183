/**
 * Device classes: devices that exist for their node in `/dev` and their entry in
 * `/sys/class/<class>`, without a bus (`struct class`, `device_create`).
 */
import type { FaultPoints } from './faults.js';
import { addPowerDirectory } from './power-sysfs.js';
import { ReusingMap } from './reusing-map.js';
import { addAttribute } from './sysfs.js';
import { type Directory, DeviceNode, SymbolicLink, addLink } from './tree.js';
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
  readonly #dev: Directory;
  readonly #classes: Directory;
  readonly #faults: FaultPoints;
  /** `/sys/class/<class>`: links to the devices. */
  readonly #directory: Directory;
  /** `/sys/devices/virtual/<class>`: the devices' own directories. */
  readonly #devices: Directory;
  /** `/sys/dev/char`: links to character devices of all classes, by number. */
  readonly #numbers: Directory;
  /** The devices' nodes. */
  readonly #nodes = new ReusingMap<string, DeviceNode>();

  constructor(root: Directory, faults: FaultPoints, options: DeviceClassOptions) {
    this.#dev = root.directoryAt('dev');
    this.#classes = root.directoryAt('sys/class');
    this.#faults = faults;
    this.name = options.name;
    this.#nodeName = options.nodeName;
    this.#directory = this.#classes.directory(options.name);
    this.#devices = root.directoryAt(`sys/devices/virtual/${options.name}`);
    this.#numbers = root.directoryAt('sys/dev/char');
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
    const { name, major, minor, mode } = options;
    const nodeName = options.nodeName ?? this.#nodeNameOf(name);
    const slash = nodeName.lastIndexOf('/');
    const folder = slash < 0 ? this.#dev : this.#dev.directoryAt(nodeName.slice(0, slash));
    const node = folder.add(nodeName.slice(slash + 1), new DeviceNode({ mode }, major, minor));
    this.#nodes.set(name, node);
    const directory = this.#devices.directory(name);
    directory.fillLater(() => this.#addAttributes(directory, options, nodeName));
    const target = `../../devices/virtual/${this.name}/${name}`;
    this.#directory.add(name, new SymbolicLink(target));
    // A device that its class forgot may still hold the number; the newer one is the one that answers.
    this.#numbers.remove(`${major}:${minor}`);
    this.#numbers.add(`${major}:${minor}`, new SymbolicLink(target));
  }

  /** Removes a device with its node (`device_destroy`). */
  destroyDevice(name: string): void {
    const node = this.#nodes.get(name);
    if (node === undefined) return;
    this.#nodes.delete(name);
    this.#directory.remove(name);
    this.#numbers.remove(`${node.major}:${node.minor}`);
    this.#devices.remove(name);
    this.#removeNode(node);
  }

  /** Removes the class, which has no devices any more, from sysfs (`class_destroy`). */
  destroy(): void {
    this.#classes.remove(this.name);
  }

  /** Removes a node and, as devtmpfs does, the directories it leaves empty. */
  #removeNode(node: DeviceNode): void {
    let folder = node.parent;
    folder?.remove(node.name);
    while (folder !== undefined && folder !== this.#dev && folder.children.size === 0) {
      const { parent }: Directory = folder;
      parent?.remove(folder.name);
      folder = parent;
    }
  }

  #nodeNameOf(name: string): string {
    return this.#faults.hit('kasprintf') ? name : this.#nodeName(name);
  }

  /** What a device's directory holds. */
  #addAttributes(directory: Directory, options: ClassDeviceOptions, nodeName: string): void {
    const { major, minor, mode } = options;
    addAttribute(directory, 'dev', { show: () => `${major}:${minor}\n` });
    addAttribute(directory, 'uevent', {
      show: () =>
        ueventText({
          MAJOR: String(major),
          MINOR: String(minor),
          DEVNAME: nodeName,
          DEVMODE: mode === DEFAULT_NODE_MODE ? undefined : `0${mode.toString(8)}`,
        }),
      store: storeUevent,
    });
    addPowerDirectory(directory);
    addLink(directory, 'subsystem', this.#directory);
  }
}
