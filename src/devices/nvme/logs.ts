/** Log pages (NVM Express 1.4 §5.14.1), and what is counted for them. */
import type { Timers } from '../../kernel/timers.js';
import { Admin, type Command, Io } from './command.js';
import { FIRMWARE_REVISION, putText } from './identify.js';
import { CommandError, Status } from './status.js';

export const LogPage = {
  error: 0x01,
  health: 0x02,
  firmware: 0x03,
  changedNamespaces: 0x04,
  commandsSupported: 0x05,
} as const;

/** Entries of the error log that are kept. */
export const ERROR_ENTRIES = 64;
const ERROR_ENTRY_SIZE = 64;
/** 323 K, for ever. */
export const TEMPERATURE = 0x143;

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

export class Logs {
  /** 512-byte units, and commands. */
  readonly read = { units: 0, commands: 0 };
  readonly written = { units: 0, commands: 0 };
  mediaErrors = 0;
  readonly #timers: Timers;
  readonly #errors: (ErrorEntry & { readonly number: number })[] = [];
  #errorCount = 0;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** A command failed. @param status code, type and DNR */
  addFailure(command: Command, queueId: number, status: number): void {
    const { id: commandId, nsid } = command;
    const code = status & 0x7ff;
    if (code === Status.unrecoveredReadError || code === Status.writeFault) this.mediaErrors += 1;
    const block = queueId === 0 ? 0 : command.startingBlock;
    this.addError({ queueId, commandId, status, block, nsid });
  }

  addError(entry: ErrorEntry): void {
    this.#errorCount += 1;
    this.#errors.unshift({ ...entry, number: this.#errorCount });
    if (this.#errors.length > ERROR_ENTRIES) this.#errors.pop();
  }

  /** @throws CommandError for a page that there is not */
  page(id: number, isHot: boolean): Uint8Array {
    switch (id) {
      case LogPage.error:
        return this.#errorPage();
      case LogPage.health:
        return this.#healthPage(isHot);
      case LogPage.firmware:
        return firmwarePage();
      case LogPage.changedNamespaces:
        return new Uint8Array(4096);
      case LogPage.commandsSupported:
        return commandsPage();
      default:
        throw new CommandError(Status.invalidLogPage);
    }
  }

  #errorPage(): Uint8Array {
    const view = new DataView(new ArrayBuffer(ERROR_ENTRIES * ERROR_ENTRY_SIZE));
    for (const [index, error] of this.#errors.entries()) {
      const at = index * ERROR_ENTRY_SIZE;
      view.setBigUint64(at, BigInt(error.number), true);
      view.setUint16(at + 8, error.queueId, true);
      view.setUint16(at + 10, error.commandId, true);
      view.setUint16(at + 12, error.status << 1, true);
      view.setUint16(at + 14, 0xffff, true);
      view.setBigUint64(at + 16, BigInt(error.block), true);
      view.setUint32(at + 24, error.nsid, true);
    }
    return new Uint8Array(view.buffer);
  }

  #healthPage(isHot: boolean): Uint8Array {
    const view = new DataView(new ArrayBuffer(512));
    const count = (at: number, value: number): void =>
      view.setBigUint64(at, BigInt(Math.floor(value)), true);
    view.setUint8(0, isHot ? 2 : 0);
    view.setUint16(1, TEMPERATURE, true);
    view.setUint8(3, 100);
    view.setUint8(4, 10);
    // Data units are thousands of 512 bytes, rounded up.
    count(32, Math.ceil(this.read.units / 1000));
    count(48, Math.ceil(this.written.units / 1000));
    count(64, this.read.commands);
    count(80, this.written.commands);
    count(112, 1);
    count(128, this.#timers.nowMs / 3_600_000);
    count(160, this.mediaErrors);
    count(176, this.#errorCount);
    return new Uint8Array(view.buffer);
  }
}

/** One slot, active, read-only. */
function firmwarePage(): Uint8Array {
  const page = new Uint8Array(512);
  page[0] = 1;
  putText(page, 8, 8, FIRMWARE_REVISION);
  return page;
}

/** CSUPP, and LBCC or NCC of those that change content or capabilities. */
function commandsPage(): Uint8Array {
  const SUPPORTED = 1;
  const CHANGES_CONTENT = 2;
  const CHANGES_CAPABILITIES = 4;
  const view = new DataView(new ArrayBuffer(4096));
  for (const opcode of Object.values(Admin)) {
    const changes = opcode === Admin.formatNvm ? CHANGES_CONTENT | CHANGES_CAPABILITIES : 0;
    view.setUint32(4 * opcode, SUPPORTED | changes, true);
  }
  const changing: readonly number[] = [Io.write, Io.writeZeroes, Io.datasetManagement];
  for (const opcode of Object.values(Io)) {
    const changes = changing.includes(opcode) ? CHANGES_CONTENT : 0;
    view.setUint32(1024 + 4 * opcode, SUPPORTED | changes, true);
  }
  return new Uint8Array(view.buffer);
}
