/**
 * An NVMe controller (NVM Express 1.4): puts its parts together, and hears of accesses to its registers. What
 * commands do is in admin-commands.ts and io-commands.ts.
 */
import type { Timer } from '../../kernel/timers.js';
import type { AccessSize } from '../../pci/config-space.js';
import type { DeviceContext, DeviceModel } from '../../pci/device-model.js';
import { AdminCommands } from './admin-commands.js';
import { AsyncEvents } from './async-events.js';
import { BarAccess } from './bar-access.js';
import { CommandLoop } from './command-loop.js';
import type { ControllerLimits } from './controller-limits.js';
import { DataTransfer } from './data-transfer.js';
import { Doorbells } from './doorbells.js';
import { Enabling } from './enabling.js';
import { Executor } from './executor.js';
import { Features } from './features.js';
import { Firmware } from './firmware.js';
import type { ControllerIdentity } from './identify-controller.js';
import { InterruptLines } from './interrupt-lines.js';
import { IoCommands } from './io-commands.js';
import { Logs } from './logs.js';
import type { Namespace } from './namespace.js';
import { QueueCommands } from './queue-commands.js';
import { Queues } from './queues.js';
import { RegisterFile } from './register-file.js';
import * as register from './registers.js';
import { type BarStores, SharedBar } from './shared-bar.js';

/** What a controller is made with. */
export interface ControllerOptions {
  readonly namespace: Namespace;
  readonly identity: ControllerIdentity;
  readonly limits: ControllerLimits;
}

/** For how long capacitors keep the controller going when it is pulled out. */
const POWER_HOLD_MS = 2000;

export class NvmeController implements DeviceModel, BarStores {
  readonly #context: DeviceContext;
  readonly #namespace: Namespace;
  readonly #registers: RegisterFile;
  readonly #shared: SharedBar;
  readonly #access: BarAccess;
  readonly #events = new AsyncEvents();
  readonly #lines: InterruptLines;
  readonly #executor: Executor;
  readonly #loop: CommandLoop;
  readonly #doorbells: Doorbells;
  readonly #enabling: Enabling;
  #nextSlice: Timer | undefined;

  constructor(context: DeviceContext, { namespace, identity, limits }: ControllerOptions) {
    const { dma, timers, interrupts, log } = context;
    const bytes = context.bars[0]?.bytes ?? new Uint8Array(register.BAR_SIZE);
    const shared = new SharedBar(bytes, this, (offset, value) =>
      context.storeFound({ bar: 0, offset, size: 4, value }),
    );
    const registers = new RegisterFile(shared, limits.queueEntries);
    const queues = new Queues();
    const transfer = new DataTransfer(dma);
    const features = new Features(timers, limits.queues);
    const firmware = new Firmware();
    const logs = new Logs(timers, features, firmware);
    const events = this.#events;
    const lines = new InterruptLines({ interrupts, queues, registers, settings: features, timers });
    const parts = { namespace, transfer, features, firmware, logs, events, queues, lines };
    const queueCommands = new QueueCommands({
      queues,
      lines,
      limits,
      configuration: () => registers.get(register.CC),
      startDoorbell: (index) => shared.showDoorbell(index, 0),
    });
    const admin = new AdminCommands({ ...parts, identity, queueCommands });
    const io = new IoCommands({ ...parts, health: logs.health });
    const executor = new Executor({ admin, io, features, logs, lines, registers, context });
    this.#context = context;
    this.#namespace = namespace;
    this.#shared = shared;
    this.#registers = registers;
    this.#lines = lines;
    this.#executor = executor;
    this.#loop = new CommandLoop(dma, timers, queues, executor);
    this.#doorbells = new Doorbells({ ...parts, loop: this.#loop, errors: logs.errors });
    this.#enabling = new Enabling({
      ...parts,
      registers,
      shared,
      health: logs.health,
      loop: this.#loop,
      context,
      warn: (text) => log.deviceWarning(context, text),
    });
    const unmodelled = context.unmodelled.bind(context);
    this.#access = new BarAccess({ bytes, registers, shared, stores: this, unmodelled });
    context.watchBar(0, () => this.#look());
  }

  reset(cause: Parameters<DeviceModel['reset']>[0]): void {
    this.#enabling.reset(cause);
  }

  /** What is in flight, and comes until the capacitors are empty, is aborted. */
  losePower(): number {
    this.#executor.isLosingPower = true;
    this.#look();
    return POWER_HOLD_MS;
  }

  dispose(): void {
    this.#nextSlice?.cancel();
    this.#lines.dispose();
    this.#namespace.disk.close();
  }

  configWritten(): void {
    this.#lines.update();
  }

  read(_bar: number, offset: number, size: AccessSize): number {
    this.#look();
    return this.#access.read(offset, size);
  }

  write(_bar: number, offset: number, size: AccessSize, value: number): void {
    this.#look();
    this.#access.write(offset, size, value);
    this.#work();
  }

  registerStored(offset: number, value: number): void {
    const registers = this.#registers;
    switch (offset) {
      case register.INTMS:
        this.#lines.mask |= value;
        return;
      case register.INTMC:
        this.#lines.mask &= ~value;
        return;
      case register.CC:
        this.#enabling.configure(value & register.CC_WRITABLE);
        return;
      case register.AQA:
        registers.set(offset, value & register.AQA_WRITABLE);
        return;
      case register.ASQ:
      case register.ACQ:
        registers.set(offset, (value & register.QUEUE_ADDRESS_WRITABLE) >>> 0);
        return;
      case register.ASQ + 4:
      case register.ACQ + 4:
        registers.set(offset, value);
        return;
      default:
    }
  }

  doorbellStored(index: number, value: number): void {
    if (this.#enabling.isReady) this.#doorbells.stored(index, value);
  }

  #look(): boolean {
    if (!this.#shared.look()) return false;
    this.#work();
    return true;
  }

  /** Executes what was submitted, a slice now and the rest soon. */
  #work(): void {
    this.#nextSlice?.cancel();
    this.#nextSlice = undefined;
    if (!this.#enabling.isReady) return;
    if (this.#loop.run()) this.#nextSlice = this.#context.timers.set(0, () => this.#work());
    this.#tellEvents();
  }

  #tellEvents(): void {
    if (!this.#enabling.isReady) return;
    for (const { queue, ...request } of this.#events.take()) {
      queue.completions.add({ queue, ...request, status: 0 });
      this.#loop.post(queue.completions);
    }
  }
}
