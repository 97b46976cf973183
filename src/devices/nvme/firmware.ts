/**
 * Firmware slots (NVM Express 1.4 §5.11, §5.12, §8.1). There is no code to run: an image is any file that
 * begins with eight printable characters, and these become the firmware revision that the controller tells.
 */
import { CommandError, Status } from './status.js';
import { putText } from './text-field.js';

/** Slots there are; the first holds the firmware it was made with and is read-only. */
export const FIRMWARE_SLOTS = 3;
export const FACTORY_REVISION = '1.0';
const REVISION_LENGTH = 8;
/** Parts of an image begin at multiples of so many bytes. */
export const FIRMWARE_GRANULARITY = 4096;
/** Bytes of the largest image. */
const IMAGE_LIMIT = 4 * 2 ** 20;

/** Commit actions (figure 161). */
const CommitAction = { store: 0, storeAndActivate: 1, activate: 2, activateNow: 3 } as const;

/** A part of an image that was downloaded. */
interface Part {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export class Firmware {
  /** Revisions of what is in the slots, the first one's at index 0. */
  readonly #slots: (string | undefined)[] = [FACTORY_REVISION];
  #active = 1;
  /** The slot that the next reset activates; 0: none. */
  #next = 0;
  #parts: Part[] = [];

  /** The revision of the firmware that runs. */
  get revision(): string {
    return this.#slots[this.#active - 1] ?? FACTORY_REVISION;
  }

  /** A reset of the controller activates what was chosen, and drops what was downloaded only. */
  reset(): void {
    if (this.#next !== 0) this.#active = this.#next;
    this.#next = 0;
    this.#parts = [];
  }

  /** @throws CommandError */
  download(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length;
    if (end > IMAGE_LIMIT || offset % FIRMWARE_GRANULARITY !== 0) {
      throw new CommandError(Status.invalidField);
    }
    const overlaps = this.#parts.some(
      (part) => offset < part.offset + part.bytes.length && part.offset < end,
    );
    if (overlaps) throw new CommandError(Status.overlappingRange);
    this.#parts.push({ offset, bytes });
  }

  /** @throws CommandError */
  commit(action: number, wantedSlot: number): void {
    if (wantedSlot > FIRMWARE_SLOTS) throw new CommandError(Status.invalidFirmwareSlot);
    const stores = action === CommitAction.store || action === CommitAction.storeAndActivate;
    const storesIfGiven = action === CommitAction.activateNow && this.#parts.length > 0;
    if (stores || storesIfGiven) {
      this.#activate(this.#store(wantedSlot), action);
    } else if (action === CommitAction.activate || action === CommitAction.activateNow) {
      if (wantedSlot === 0) throw new CommandError(Status.invalidFirmwareSlot);
      this.#activate(wantedSlot, action);
    } else throw new CommandError(Status.invalidField);
  }

  /** The firmware slot information log (§5.14.1.3). */
  page(): Uint8Array {
    const page = new Uint8Array(512);
    page[0] = this.#active | (this.#next << 4);
    for (const [index, revision] of this.#slots.entries()) {
      if (revision !== undefined) putText(page, 8 + 8 * index, 8, revision);
    }
    return page;
  }

  /** @returns the slot that the downloaded image went to */
  #store(wantedSlot: number): number {
    const slot = wantedSlot === 0 ? this.#freeSlot() : wantedSlot;
    if (slot === 1) throw new CommandError(Status.invalidFirmwareSlot);
    const revision = revisionOf(this.#parts);
    this.#parts = [];
    if (revision === undefined) throw new CommandError(Status.invalidFirmwareImage);
    this.#slots[slot - 1] = revision;
    return slot;
  }

  #activate(slot: number, action: number): void {
    if (action === CommitAction.store) return;
    if (this.#slots[slot - 1] === undefined) throw new CommandError(Status.invalidFirmwareImage);
    if (action === CommitAction.activateNow) {
      this.#active = slot;
      this.#next = 0;
    } else this.#next = slot;
  }

  /** The controller's choice: one that is empty, else one that does not run. */
  #freeSlot(): number {
    for (let slot = 2; slot <= FIRMWARE_SLOTS; slot++) {
      if (this.#slots[slot - 1] === undefined) return slot;
    }
    return this.#active === 2 ? 3 : 2;
  }
}

/** The revision that an image begins with; undefined: parts of it are missing, or it is none. */
function revisionOf(parts: readonly Part[]): string | undefined {
  const sorted = parts.toSorted((a, b) => a.offset - b.offset);
  let end = 0;
  for (const { offset, bytes } of sorted) {
    if (offset !== end) return undefined;
    end += bytes.length;
  }
  const start = sorted.flatMap(({ offset, bytes }) =>
    offset < REVISION_LENGTH ? [...bytes.subarray(0, REVISION_LENGTH)] : [],
  );
  const text = String.fromCharCode(...start.slice(0, REVISION_LENGTH));
  return /^[ -~]{8}$/.test(text) && text.trim() !== '' ? text.trimEnd() : undefined;
}
