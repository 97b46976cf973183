/** Status codes of completions: type × 256 + code (NVM Express 1.4 §4.6.1). */
export const Status = {
  invalidOpcode: 0x001,
  invalidField: 0x002,
  dataTransferError: 0x004,
  powerLoss: 0x005,
  internalError: 0x006,
  abortRequested: 0x007,
  invalidNamespace: 0x00b,
  commandSequenceError: 0x00c,
  invalidSglSegment: 0x00d,
  invalidSglCount: 0x00e,
  dataSglLengthInvalid: 0x00f,
  sglTypeInvalid: 0x011,
  invalidPrpOffset: 0x013,
  namespaceWriteProtected: 0x020,
  lbaOutOfRange: 0x080,
  capacityExceeded: 0x081,
  completionQueueInvalid: 0x100,
  invalidQueueIdentifier: 0x101,
  invalidQueueSize: 0x102,
  asyncEventLimitExceeded: 0x105,
  invalidFirmwareSlot: 0x106,
  invalidFirmwareImage: 0x107,
  invalidInterruptVector: 0x108,
  invalidLogPage: 0x109,
  invalidFormat: 0x10a,
  invalidQueueDeletion: 0x10c,
  featureNotSaveable: 0x10d,
  featureNotChangeable: 0x10e,
  overlappingRange: 0x114,
  namespaceInsufficientCapacity: 0x115,
  namespaceIdUnavailable: 0x116,
  namespaceAlreadyAttached: 0x118,
  namespaceNotAttached: 0x11a,
  thinProvisioningNotSupported: 0x11b,
  controllerListInvalid: 0x11c,
  writeFault: 0x280,
  unrecoveredReadError: 0x281,
  compareFailure: 0x285,
} as const;

/** In the status field: the command would fail again. */
export const DO_NOT_RETRY = 0x4000;

/** What fails for reasons that a retry may find gone. */
const RETRYABLE: ReadonlySet<number> = new Set([
  Status.dataTransferError,
  Status.abortRequested,
  Status.capacityExceeded,
  Status.writeFault,
]);

/** A command ends with a status other than success. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  /** The status field of the completion: code, type and DNR. */
  readonly status: number;

  constructor(status: number) {
    super(`status 0x${status.toString(16)}`);
    this.status = RETRYABLE.has(status) ? status : status | DO_NOT_RETRY;
  }
}
