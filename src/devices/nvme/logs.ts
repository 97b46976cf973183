/** Log pages (NVM Express 1.4 §5.14.1). */
import type { Timers } from '../../kernel/timers.js';
import type { Command } from './command.js';
import { commandEffectsPage } from './command-effects.js';
import { ErrorLog } from './error-log.js';
import type { Features } from './features.js';
import type { Firmware } from './firmware.js';
import { Health } from './health.js';
import { CommandError, Status } from './status.js';

export const LogPage = {
  error: 0x01,
  health: 0x02,
  firmware: 0x03,
  changedNamespaces: 0x04,
  commandEffects: 0x05,
} as const;

const PAGE = 4096;

export class Logs {
  readonly errors = new ErrorLog();
  readonly health: Health;
  readonly #features: Features;
  readonly #firmware: Firmware;
  /** Namespaces that changed since the host read the list. */
  readonly #changed = new Set<number>();

  constructor(timers: Timers, features: Features, firmware: Firmware) {
    this.health = new Health(timers);
    this.#features = features;
    this.#firmware = firmware;
  }

  /** A command failed. @param status code, type and DNR */
  addFailure(command: Command, queueId: number, status: number): void {
    this.errors.addFailure(command, queueId, status);
    this.health.addFailure(status);
  }

  namespaceChanged(id: number): void {
    this.#changed.add(id);
  }

  /** The host has read of the changed namespaces. */
  forgetChangedNamespaces(): void {
    this.#changed.clear();
  }

  /** @throws CommandError for a page that there is not */
  page(id: number): Uint8Array {
    switch (id) {
      case LogPage.error:
        return this.errors.page();
      case LogPage.health:
        return this.health.page({
          errors: this.errors.count,
          isTemperatureCritical: this.#features.isTemperatureCritical,
        });
      case LogPage.firmware:
        return this.#firmware.page();
      case LogPage.changedNamespaces:
        return this.#changedPage();
      case LogPage.commandEffects:
        return commandEffectsPage();
      default:
        throw new CommandError(Status.invalidLogPage);
    }
  }

  #changedPage(): Uint8Array {
    const view = new DataView(new ArrayBuffer(PAGE));
    for (const [index, id] of [...this.#changed].entries()) view.setUint32(4 * index, id, true);
    return new Uint8Array(view.buffer);
  }
}
