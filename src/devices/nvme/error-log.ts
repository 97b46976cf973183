/** The error information log: the last errors, the newest first (NVM Express 1.4 §5.14.1.1). */
import type { Command } from './command.js';

/** Entries that are kept. */
export const ERROR_ENTRIES = 64;
const ENTRY_SIZE = 64;
/** The error is of no place in the command that could be told. */
const NO_LOCATION = 0xffff;

/** A command that failed, or another error. */
export interface ErrorEntry {
  readonly queueId: number;
  readonly commandId: number;
  /** Code, type and DNR. */
  readonly status: number;
  readonly block: number;
  readonly nsid: number;
}

/** An error that is of no command. */
export const NO_COMMAND = { queueId: 0xffff, commandId: 0xffff, block: 0, nsid: 0 };

export class ErrorLog {
  readonly #errors: (ErrorEntry & { readonly number: number })[] = [];
  #count = 0;

  /** Errors since the controller was made. */
  get count(): number {
    return this.#count;
  }

  addFailure(command: Command, queueId: number, status: number): void {
    const { id: commandId, nsid } = command;
    const block = queueId === 0 ? 0 : command.startingBlock;
    this.add({ queueId, commandId, status, block, nsid });
  }

  add(entry: ErrorEntry): void {
    this.#count += 1;
    this.#errors.unshift({ ...entry, number: this.#count });
    if (this.#errors.length > ERROR_ENTRIES) this.#errors.pop();
  }

  page(): Uint8Array {
    const view = new DataView(new ArrayBuffer(ERROR_ENTRIES * ENTRY_SIZE));
    for (const [index, error] of this.#errors.entries()) {
      const at = index * ENTRY_SIZE;
      view.setBigUint64(at, BigInt(error.number), true);
      view.setUint16(at + 8, error.queueId, true);
      view.setUint16(at + 10, error.commandId, true);
      view.setUint16(at + 12, error.status << 1, true);
      view.setUint16(at + 14, NO_LOCATION, true);
      view.setBigUint64(at + 16, BigInt(error.block), true);
      view.setUint32(at + 24, error.nsid, true);
    }
    return new Uint8Array(view.buffer);
  }
}
