/** A command as it lies in a submission queue: 64 bytes (NVM Express 1.4 §4.2, figure 105). */

/** Bytes of a submission queue entry. */
export const COMMAND_SIZE = 64;

/** Admin commands (§5, figure 139). */
export const Admin = {
  deleteSubmissionQueue: 0x00,
  createSubmissionQueue: 0x01,
  getLogPage: 0x02,
  deleteCompletionQueue: 0x04,
  createCompletionQueue: 0x05,
  identify: 0x06,
  abort: 0x08,
  setFeatures: 0x09,
  getFeatures: 0x0a,
  asyncEventRequest: 0x0c,
  namespaceManagement: 0x0d,
  firmwareCommit: 0x10,
  firmwareImageDownload: 0x11,
  namespaceAttachment: 0x15,
  formatNvm: 0x80,
} as const;

/** Commands of the NVM command set (§6, figure 346). */
export const Io = {
  flush: 0x00,
  write: 0x01,
  read: 0x02,
  compare: 0x05,
  writeZeroes: 0x08,
  datasetManagement: 0x09,
  verify: 0x0c,
} as const;

/** Flags: PRPs (0), or an SGL and metadata in one piece; the other values need metadata that has an SGL. */
export const PSDT = 0xc0;
export const PSDT_SGL = 0x40;
/** Flags: the first or second of two fused commands. */
export const FUSE = 0x03;

export const BROADCAST_NSID = 0xffff_ffff;

export class Command {
  readonly #view: DataView;

  constructor(view: DataView) {
    this.#view = view;
  }

  get opcode(): number {
    return this.#view.getUint8(0);
  }

  /** FUSE and PSDT. */
  get flags(): number {
    return this.#view.getUint8(1);
  }

  /** Command identifier. */
  get id(): number {
    return this.#view.getUint16(2, true);
  }

  get nsid(): number {
    return this.#view.getUint32(4, true);
  }

  get prp1(): bigint {
    return this.#view.getBigUint64(24, true);
  }

  get prp2(): bigint {
    return this.#view.getBigUint64(32, true);
  }

  /** SGL descriptor 1: 16 bytes, where PRPs are otherwise. */
  get sgl1(): DataView {
    return new DataView(this.#view.buffer, this.#view.byteOffset + 24, 16);
  }

  /** Command dwords 10 to 15. */
  dword(index: number): number {
    return this.#view.getUint32(4 * index, true);
  }

  /** Starting LBA of commands that have one; beyond 2⁵³ it is out of range anyway. */
  get startingBlock(): number {
    return this.dword(11) * 2 ** 32 + this.dword(10);
  }

  /** Number of logical blocks. */
  get blocks(): number {
    return (this.dword(12) & 0xffff) + 1;
  }
}
