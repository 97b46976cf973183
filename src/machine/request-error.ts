/** Something was asked of a running machine that can't be done. The message says why, and what to do. */

export type RequestErrorCode =
  /** Nothing is at that address. */
  | 'no-such-device'
  | 'no-such-driver'
  /** A device description that makes no sense, or does not fit the machine. */
  | 'bad-device'
  | 'bad-fault'
  /** No such interrupt, or nobody listens to it. */
  | 'no-interrupt'
  /** The kernel refused; the message has its error. */
  | 'refused'
  /** The request itself is not understood. */
  | 'bad-request';

export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly code: RequestErrorCode;

  constructor(code: RequestErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
