/** What keeps a network from being as described: a file, a device or a socket that can't be had. */

export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  /** What to do about it; empty if that can't be said. */
  readonly fix: string;

  constructor(text: string, fix = '') {
    super(text);
    this.fix = fix;
  }
}
