/** Lines for a file or terminal, written many at a time. */
import { closeSync, openSync, writeSync } from 'node:fs';

const STDERR = 2;

/** A file that can't be written; the message is for the user. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
}

export class LineOutput {
  readonly #fd: number;
  /** What it is called in messages. */
  readonly #name: string;
  readonly #isOwn: boolean;
  #text = '';
  #hasFailed = false;

  /** @param path default: standard error. @throws OutputError when it can't be written */
  constructor(path?: string) {
    this.#isOwn = path !== undefined;
    this.#name = path ?? 'standard error';
    this.#fd = path === undefined ? STDERR : openForWriting(path);
  }

  /** Whether it could not be written; what comes after that is dropped. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  readonly write = (line: string): void => {
    if (!this.#hasFailed) this.#text += `${line}\n`;
  };

  /** Writes what there is. @throws OutputError the first time that it can't */
  flush(): void {
    const bytes = Buffer.from(this.#text);
    this.#text = '';
    try {
      for (let at = 0; at < bytes.length; ) at += writeAgain(this.#fd, bytes, at);
    } catch (error) {
      this.#hasFailed = true;
      throw cannotBeWritten(this.#name, error);
    }
  }

  /** Gives the file back; what was not flushed is dropped. */
  close(): void {
    if (this.#isOwn) closeSync(this.#fd);
  }
}

/** @throws OutputError */
function openForWriting(path: string): number {
  try {
    return openSync(path, 'w');
  } catch (error) {
    throw cannotBeWritten(path, error);
  }
}

function cannotBeWritten(name: string, error: unknown): OutputError {
  const text = error instanceof Error ? error.message : String(error);
  // Node's: `ENOENT: no such file or directory, open '…'`.
  return new OutputError(`${name} can't be written: ${/^E\w+: (.*),/.exec(text)?.[1] ?? text}`);
}

/** A pipe or terminal may not take it all at once, or just now. */
function writeAgain(fd: number, bytes: Uint8Array, at: number): number {
  try {
    return writeSync(fd, bytes, at);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EAGAIN') return 0;
    // Nobody reads on: the trace is over, the program is not.
    if (code === 'EPIPE') return bytes.length - at;
    throw error;
  }
}
