/** The life of a controller: enabling, shutdown and resets (NVM Express 1.4 §3.1.5, §7.3, §7.6). */
import type { DeviceContext } from '../../pci/device-model.js';
import { adminQueues } from './admin-queues.js';
import type { AsyncEvents } from './async-events.js';
import type { CommandLoop } from './command-loop.js';
import type { DataTransfer } from './data-transfer.js';
import type { Features } from './features.js';
import type { Firmware } from './firmware.js';
import type { Health } from './health.js';
import type { InterruptLines } from './interrupt-lines.js';
import type { Namespace } from './namespace.js';
import type { Queues } from './queues.js';
import type { RegisterFile } from './register-file.js';
import { CC, configuration, CSTS, CSTS_CFS, CSTS_RDY, CSTS_SHST_COMPLETE } from './registers.js';
import { DOORBELL_COUNT, type SharedBar } from './shared-bar.js';
import { CommandError } from './status.js';

export interface EnablingParts {
  readonly registers: RegisterFile;
  readonly shared: SharedBar;
  readonly namespace: Namespace;
  readonly queues: Queues;
  readonly events: AsyncEvents;
  readonly features: Features;
  readonly firmware: Firmware;
  readonly health: Health;
  readonly transfer: DataTransfer;
  readonly lines: InterruptLines;
  readonly loop: CommandLoop;
  /** Where to tell what happens, while somebody listens. */
  readonly context: Pick<DeviceContext, 'activity'>;
  /** Called with what people should know. */
  readonly warn: (text: string) => void;
}

export class Enabling {
  readonly #parts: EnablingParts;

  constructor(parts: EnablingParts) {
    this.#parts = parts;
  }

  /** Whether commands are executed. */
  get isReady(): boolean {
    return (this.#parts.registers.get(CSTS) & (CSTS_RDY | CSTS_CFS)) === CSTS_RDY;
  }

  /** CC was written. */
  configure(value: number): void {
    const { registers } = this.#parts;
    const old = registers.get(CC);
    registers.set(CC, value);
    if (configuration.isEnabled(old) && !configuration.isEnabled(value)) {
      this.#parts.context.activity?.('controller disabled');
      this.#disable();
      return;
    }
    if (!configuration.isEnabled(old) && configuration.isEnabled(value)) this.#enable();
    const shutdown = configuration.shutdown(value);
    if (shutdown === configuration.shutdown(old)) return;
    if (shutdown !== 0) this.#shutDown();
    else registers.set(CSTS, registers.get(CSTS) & ~CSTS_SHST_COMPLETE);
  }

  /** The addresses of the admin queues outlive every reset but the loss of power. */
  reset(cause: string): void {
    const { registers, health } = this.#parts;
    if (cause === 'power-on') {
      const isShutDown = (registers.get(CSTS) & CSTS_SHST_COMPLETE) !== 0;
      if (configuration.isEnabled(registers.get(CC)) && !isShutDown) health.unsafeShutdowns += 1;
      health.powerCycles += 1;
    }
    registers.reset(cause);
    this.#disable();
  }

  #enable(): void {
    const { registers, queues, transfer, shared, context } = this.#parts;
    const queue = adminQueues(registers);
    if (queue === undefined) {
      context.activity?.('controller not enabled: CC, AQA, ASQ or ACQ has a value that cannot be');
      registers.set(CSTS, CSTS_CFS);
      return;
    }
    queues.submission[0] = queue;
    queues.completion[0] = queue.completions;
    transfer.setPageBits(configuration.pageBits(registers.get(CC)));
    for (let index = 0; index < DOORBELL_COUNT; index++) shared.showDoorbell(index, 0);
    registers.set(CSTS, CSTS_RDY);
    const pages = `pages of ${2 ** (configuration.pageBits(registers.get(CC)) - 10)} KiB`;
    const sizes = `${queue.size} submissions, ${queue.completions.size} completions`;
    context.activity?.(`controller enabled (CC.EN, CSTS.RDY): ${pages}; admin queues: ${sizes}`);
  }

  /** What every reset of the controller takes. */
  #disable(): void {
    const { loop, queues, events, features, firmware, lines, registers } = this.#parts;
    loop.stop();
    queues.clear();
    events.reset();
    features.reset();
    firmware.reset();
    registers.set(CSTS, 0);
    lines.reset();
  }

  /** Commands are executed as they come, so what is left to do is what the disk still holds back. */
  #shutDown(): void {
    const { namespace, registers, warn, context } = this.#parts;
    context.activity?.('controller shut down (CC.SHN)');
    try {
      namespace.flush();
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      warn('the disk could not be flushed at shutdown');
    }
    registers.set(CSTS, registers.get(CSTS) | CSTS_SHST_COMPLETE);
  }
}
