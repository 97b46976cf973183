// A kernel with PCI functions and a root shell on it: what the tests of this room work with.
import { Iommu } from '../../src/iommu/iommu.js';
import { LocalDescriptorTable } from '../../src/kernel/descriptor-table.js';
import { Kernel } from '../../src/kernel/kernel.js';
import { LocalMemory } from '../../src/kernel/local-memory.js';
import type { LogEntry } from '../../src/kernel/log.js';
import { SystemCalls } from '../../src/kernel/system-calls.js';
import { type Credentials, ROOT_CREDENTIALS, Task } from '../../src/kernel/task.js';
import type { NetworkPlan } from '../../src/net/network-plan.js';
import { Networks } from '../../src/net/networks.js';
import type { FunctionDescription } from '../../src/pci/device-model.js';
import type { PciDriver } from '../../src/pci/driver.js';
import type { PciFunction } from '../../src/pci/function.js';
import { Pci } from '../../src/pci/pci.js';
import type { PciOptions } from '../../src/pci/pci-options.js';
import { parsePciAddress } from '../../src/pci/pci-address.js';
import type { FunctionPlan } from '../../src/pci/plan.js';
import { errnoName } from '../../src/uapi/errno.js';
import { O_RDONLY, O_WRONLY } from '../../src/uapi/file.js';

export class TestPci {
  readonly kernel = new Kernel();
  readonly calls = new SystemCalls(this.kernel);
  readonly log: LogEntry[] = [];
  readonly pci: Pci;
  readonly memory = new LocalMemory();
  readonly task: Task;

  /**
   * @param functions descriptions by address, or whole plans
   * @param networks what the cables that functions name are like, beside perfect
   */
  constructor(
    functions: Readonly<Record<string, FunctionDescription>> | readonly FunctionPlan[],
    options: PciOptions = { iommu: new Iommu() },
    networks: readonly NetworkPlan[] = [],
  ) {
    this.kernel.log.subscribe((entry) => this.log.push(entry));
    this.pci = new Pci(this.kernel, {
      networks: new Networks(this.kernel, networks),
      ...options,
    });
    this.pci.populate(isPlans(functions) ? functions : plansOf(functions));
    this.task = this.newTask(ROOT_CREDENTIALS);
  }

  newTask(credentials: Credentials): Task {
    return new Task({
      pid: 1,
      comm: 'sh',
      credentials: () => credentials,
      memlockLimit: () => 0,
      memory: this.memory,
      files: new LocalDescriptorTable(0),
    });
  }

  at(address: string): PciFunction {
    const found = this.pci.functionAt(address);
    if (found === undefined) throw new Error(`there is nothing at ${address}`);
    return found;
  }

  /** `cat`: the content, or the name of the error. */
  cat(path: string, task = this.task): string {
    const bytes = this.read(path, 0, 4096, task);
    return typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('latin1');
  }

  /** `pread`: the bytes, or the name of the error. */
  read(path: string, offset: number, count: number, task = this.task): Uint8Array | string {
    const fd = this.calls.open(task, path, O_RDONLY);
    const file = task.files.get(fd);
    if (file === undefined) return nameOf(fd);
    const { address, bytes } = this.memory.allocate(count);
    const length = this.calls.read(task, file, address, count, offset);
    if (task.files instanceof LocalDescriptorTable) task.files.close(fd);
    if (typeof length !== 'number') throw new Error(`${path}: reading sleeps`);
    return length < 0 ? nameOf(length) : bytes.slice(0, length);
  }

  /** `echo >`: `ok`, or the name of the error. */
  async echo(text: string | Uint8Array, path: string, task = this.task): Promise<string> {
    const fd = this.calls.open(task, path, O_WRONLY);
    const file = task.files.get(fd);
    if (file === undefined) return nameOf(fd);
    const content = typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
    const { address, bytes } = this.memory.allocate(content.length);
    bytes.set(content);
    const written = await this.calls.write(task, file, address, content.length);
    if (task.files instanceof LocalDescriptorTable) task.files.close(fd);
    return written < 0 ? nameOf(written) : 'ok';
  }

  /** The name of the driver a function has, or `none`. */
  driverOf(address: string): string {
    return this.at(address).device.driver?.name ?? 'none';
  }
}

/** A driver that does nothing, and says what happened. */
export function plainDriver(name: string, rest: Partial<PciDriver> = {}): PciDriver {
  return { name, ids: [], probe: () => undefined, remove: () => undefined, ...rest };
}

export function plansOf(functions: Readonly<Record<string, FunctionDescription>>): FunctionPlan[] {
  return Object.entries(functions).map(([text, description]) => {
    const address = parsePciAddress(text);
    if (address === undefined) throw new Error(`'${text}' is no address`);
    return { address, description };
  });
}

function isPlans(
  functions: Readonly<Record<string, FunctionDescription>> | readonly FunctionPlan[],
): functions is readonly FunctionPlan[] {
  return Array.isArray(functions);
}

function nameOf(result: number): string {
  return errnoName(-result) ?? `error ${result}`;
}
