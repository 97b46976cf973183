/** The data of the writes among a batch of commands, fetched from the host together before the first is executed. */
import type { Command } from './command.js';
import type { DataTransfer } from './data-transfer.js';
import { CommandError, Status } from './status.js';

export class WriteData {
  readonly #transfer: DataTransfer;
  /** By command: its data, or why there is none. */
  readonly #found = new Map<Command, Uint8Array | CommandError>();

  constructor(transfer: DataTransfer) {
    this.#transfer = transfer;
  }

  /** Fetches the data of commands. What was fetched before is forgotten. @param lengthOf bytes of one's data */
  fetch(commands: readonly Command[], lengthOf: (command: Command) => number): void {
    this.#found.clear();
    if (commands.length < 2) return;
    const wanted: (readonly [Command, Uint8Array])[] = [];
    for (const command of commands) {
      try {
        const room = this.#transfer.fromHostWithOthers(command, lengthOf(command));
        if (room !== undefined) wanted.push([command, room]);
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        this.#found.set(command, error);
      }
    }
    if (wanted.length === 0) return;
    const isHere = this.#transfer.receiveAll();
    for (const [index, [command, room]] of wanted.entries()) {
      const isFound = isHere[index] === true;
      this.#found.set(command, isFound ? room : new CommandError(Status.dataTransferError));
    }
  }

  /** The data of a command, until others are fetched; undefined: it was not fetched. @throws CommandError if it could not be */
  of(command: Command): Uint8Array | undefined {
    const found = this.#found.get(command);
    if (found instanceof CommandError) throw found;
    return found;
  }
}
