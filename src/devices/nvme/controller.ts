/**
 * An NVMe controller (NVM Express 1.4): registers, enabling, shutdown and resets, doorbells. What
 * commands do is in admin-commands.ts and io-commands.ts.
 */
import type { Timer } from '../../kernel/timers.js';
import type { AccessSize } from '../../pci/config-space.js';
import type { DeviceContext, DeviceModel } from '../../pci/device-model.js';
import { AdminCommands } from './admin-commands.js';
import { adminQueues } from './admin-queues.js';
import { AsyncEvents, ErrorEvent, EventType } from './async-events.js';
import type { Command } from './command.js';
import { type CommandExecutor, CommandLoop } from './command-loop.js';
import { DataTransfer } from './data-transfer.js';
import { Features } from './features.js';
import type { ControllerIdentity } from './identify.js';
import { InterruptLines } from './interrupt-lines.js';
import { IoCommands } from './io-commands.js';
import { LogPage, Logs, NO_COMMAND } from './logs.js';
import type { Namespace } from './namespace.js';
import { QueueCommands } from './queue-commands.js';
import { type Completion, type CompletionQueue, Queues, SubmissionQueue } from './queues.js';
import { readView, RegisterFile } from './register-file.js';
import * as registers from './registers.js';
import { type BarStores, DOORBELL_COUNT, SharedBar } from './shared-bar.js';
import { CommandError, Status } from './status.js';

const { ACQ, AQA, ASQ, CC, CSTS, INTMC, INTMS, REGISTERS_SIZE, configuration } = registers;
const { DOORBELLS, MSIX_PENDING, MSIX_TABLE } = registers;

export class NvmeController implements DeviceModel, BarStores, CommandExecutor {
  readonly #context: DeviceContext;
  readonly #namespace: Namespace;
  readonly #registers: RegisterFile;
  readonly #bytes: DataView;
  readonly #shared: SharedBar;
  readonly #queues = new Queues();
  readonly #events = new AsyncEvents();
  readonly #features: Features;
  readonly #logs: Logs;
  readonly #transfer: DataTransfer;
  readonly #lines: InterruptLines;
  readonly #io: IoCommands;
  readonly #admin: AdminCommands;
  readonly #loop: CommandLoop;
  #nextSlice: Timer | undefined;

  constructor(context: DeviceContext, namespace: Namespace, identity: ControllerIdentity) {
    const { dma, timers, interrupts } = context;
    this.#context = context;
    this.#namespace = namespace;
    const bytes = context.bars[0]?.bytes ?? new Uint8Array(registers.BAR_SIZE);
    this.#bytes = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#shared = new SharedBar(bytes, this, (offset, value) =>
      context.storeFound({ bar: 0, offset, size: 4, value }),
    );
    this.#registers = new RegisterFile(this.#shared);
    this.#features = new Features(timers);
    this.#logs = new Logs(timers);
    this.#transfer = new DataTransfer(dma);
    this.#lines = new InterruptLines(interrupts, this.#queues);
    const parts = {
      namespace,
      transfer: this.#transfer,
      features: this.#features,
      logs: this.#logs,
    };
    this.#io = new IoCommands(parts);
    this.#admin = new AdminCommands({
      ...parts,
      identity,
      events: this.#events,
      queues: this.#queues,
      queueCommands: new QueueCommands(this.#queues, this.#lines),
      complete: (completion) => this.#complete(completion),
      configuration: () => this.#registers.get(CC),
      startDoorbell: (index) => this.#shared.showDoorbell(index, 0),
    });
    this.#loop = new CommandLoop(dma, timers, this.#queues, this);
    context.watchBar(0, () => this.#look());
  }

  /** The addresses of the admin queues outlive every reset but the loss of power. */
  reset(cause: Parameters<DeviceModel['reset']>[0]): void {
    this.#registers.reset(cause);
    this.#disable();
    this.#features.reset();
  }

  dispose(): void {
    this.#nextSlice?.cancel();
    this.#namespace.disk.close();
  }

  configWritten(): void {
    this.#lines.update();
  }

  read(bar: number, offset: number, size: AccessSize): number {
    this.#look();
    if (offset < DOORBELLS) {
      if (offset + size <= REGISTERS_SIZE) return this.#registers.read(offset, size);
      this.#context.unmodelled({ bar, offset, size });
      return 0;
    }
    // What doorbells read as is the vendor's choice; the table of MSI-X is memory.
    return offset < MSIX_TABLE ? 0 : readView(this.#bytes, offset, size);
  }

  write(bar: number, offset: number, size: AccessSize, value: number): void {
    this.#look();
    const index = (offset - DOORBELLS) / 4;
    if (offset >= MSIX_TABLE) {
      if (offset < MSIX_PENDING && size === 4) this.#bytes.setUint32(offset, value, true);
    } else if (size !== 4 || offset % 4 !== 0 || isReserved(offset)) {
      this.#context.unmodelled({ bar, offset, size, value });
    } else if (offset < DOORBELLS) this.registerStored(offset, value >>> 0);
    else {
      this.#shared.showDoorbell(index, value);
      this.doorbellStored(index, value);
      this.#work();
    }
  }

  registerStored(register: number, value: number): void {
    switch (register) {
      case INTMS:
        this.#setMask(this.#lines.mask | value);
        return;
      case INTMC:
        this.#setMask(this.#lines.mask & ~value);
        return;
      case CC:
        this.#configure(value & registers.CC_WRITABLE);
        return;
      case AQA:
        this.#registers.set(AQA, value & registers.AQA_WRITABLE);
        return;
      case ASQ:
      case ACQ:
        this.#registers.set(register, (value & registers.QUEUE_ADDRESS_WRITABLE) >>> 0);
        return;
      case ASQ + 4:
      case ACQ + 4:
        this.#registers.set(register, value);
        return;
      default:
    }
  }

  doorbellStored(index: number, stored: number): void {
    if (!this.#isReady) return;
    const value = stored & 0xffff;
    const id = index >> 1;
    const queue = index % 2 === 0 ? this.#queues.submission[id] : this.#queues.completion[id];
    if (queue === undefined) this.#invalidDoorbell(ErrorEvent.invalidDoorbellRegister);
    else if (queue instanceof SubmissionQueue) {
      if (!queue.setTail(value)) this.#invalidDoorbell(ErrorEvent.invalidDoorbellValue);
    } else if (queue.setHead(value)) {
      this.#loop.post(queue);
      this.#lines.update();
    } else this.#invalidDoorbell(ErrorEvent.invalidDoorbellValue);
  }

  // What the command loop asks.

  get bytesMoved(): number {
    return this.#io.bytesMoved;
  }

  execute(command: Command, queue: SubmissionQueue): number | undefined {
    const FUSED = 3;
    if ((command.flags & FUSED) !== 0) throw new CommandError(Status.invalidField);
    if (queue.id === 0) return this.#admin.execute(command, queue);
    if (configuration.commandSets(this.#registers.get(CC)) === registers.CSS_ADMIN_ONLY) {
      throw new CommandError(Status.invalidOpcode);
    }
    this.#io.execute(command);
    return 0;
  }

  settle(): void {
    this.#io.settle();
  }

  get isUnsettled(): boolean {
    return this.#io.isUnsettled;
  }

  failed(command: Command, queue: SubmissionQueue, status: number): void {
    this.#logs.addFailure(command, queue.id, status);
  }

  posted(queue: CompletionQueue): void {
    this.#lines.posted(queue);
  }

  fatal(): void {
    this.#registers.set(CSTS, this.#registers.get(CSTS) | registers.CSTS_CFS);
  }

  // Enabling and the rest.

  get #isReady(): boolean {
    const { CSTS_RDY, CSTS_CFS } = registers;
    return (this.#registers.get(CSTS) & (CSTS_RDY | CSTS_CFS)) === CSTS_RDY;
  }

  #configure(value: number): void {
    const old = this.#registers.get(CC);
    this.#registers.set(CC, value);
    if (configuration.isEnabled(old) && !configuration.isEnabled(value)) {
      this.#disable();
      return;
    }
    if (!configuration.isEnabled(old) && configuration.isEnabled(value)) this.#enable();
    const shutdown = configuration.shutdown(value);
    if (shutdown === configuration.shutdown(old)) return;
    if (shutdown !== 0) this.#shutDown();
    else this.#registers.set(CSTS, this.#registers.get(CSTS) & ~registers.CSTS_SHST_COMPLETE);
  }

  #enable(): void {
    const queue = adminQueues(this.#registers);
    if (queue === undefined) {
      this.fatal();
      return;
    }
    this.#queues.submission[0] = queue;
    this.#queues.completion[0] = queue.completions;
    this.#transfer.setPageBits(configuration.pageBits(this.#registers.get(CC)));
    for (let index = 0; index < DOORBELL_COUNT; index++) this.#shared.showDoorbell(index, 0);
    this.#registers.set(CSTS, registers.CSTS_RDY);
  }

  #disable(): void {
    this.#nextSlice?.cancel();
    this.#nextSlice = undefined;
    this.#loop.stop();
    this.#queues.clear();
    this.#events.reset();
    this.#registers.set(CSTS, 0);
    this.#setMask(0);
  }

  /** Commands are executed as they come, so what is left to do is what the disk still holds back. */
  #shutDown(): void {
    try {
      this.#namespace.flush();
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      this.#context.log.deviceWarning(this.#context, 'the disk could not be flushed at shutdown');
    }
    this.#registers.set(CSTS, this.#registers.get(CSTS) | registers.CSTS_SHST_COMPLETE);
  }

  #invalidDoorbell(information: number): void {
    this.#logs.addError({ ...NO_COMMAND, status: Status.internalError });
    this.#events.add(EventType.error, information, LogPage.error);
    this.#work();
  }

  #complete({ queue, ...rest }: Completion): void {
    queue.completions.add({ queue, ...rest });
  }

  #look(): boolean {
    if (!this.#shared.look()) return false;
    this.#work();
    return true;
  }

  /** Executes what was submitted, a slice now and the rest soon. */
  #work(): void {
    if (this.#isReady && this.#loop.run()) {
      this.#nextSlice ??= this.#context.timers.set(0, () => {
        this.#nextSlice = undefined;
        this.#work();
      });
    }
    this.#tellEvents();
  }

  #tellEvents(): void {
    if (!this.#isReady) return;
    for (const { result, ...request } of this.#events.take()) {
      this.#complete({ ...request, status: 0, result });
      this.#loop.post(request.queue.completions);
    }
  }

  #setMask(mask: number): void {
    this.#lines.mask = mask >>> 0;
    this.#registers.set(INTMS, mask >>> 0);
    this.#registers.setHidden(INTMC, mask >>> 0);
    this.#lines.update();
  }
}

/** Whether there is neither a register nor a doorbell. */
function isReserved(offset: number): boolean {
  if (offset < DOORBELLS) return offset >= REGISTERS_SIZE;
  return offset >= DOORBELLS + 4 * DOORBELL_COUNT;
}
