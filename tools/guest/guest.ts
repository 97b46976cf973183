// A virtual machine under emulation, driven by scripts over its serial console. See init for the other end.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

/** What a script came to. */
export interface ScriptResult {
  readonly status: number;
  /** Standard output and error, and what the kernel has said meanwhile, if it was urgent. */
  readonly output: string;
}

/** How a guest's emulator ended. */
export interface GuestEnd {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** Emulation is slow, and computers are busy: what takes two seconds may take a minute. */
const BOOT_TIMEOUT_MS = 120_000;
const SCRIPT_TIMEOUT_MS = 90_000;
const END_TIMEOUT_MS = 30_000;
/** No guest is left running for longer, whatever becomes of those who started it. */
const LIFE_TIMEOUT_MS = 600_000;

const READY = /@@ ready\r?\n/;
const STATUS = /@@ status (\d+)\r?\n/;

export class Guest {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #end: Promise<GuestEnd>;
  #console = '';
  #stderr = '';
  #onOutput: () => void = () => undefined;
  #hasEnded = false;

  /** @param command that runs the emulator, its serial console on standard input and output */
  private constructor([file = '', ...args]: readonly string[]) {
    this.#process = spawn(file, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: LIFE_TIMEOUT_MS,
    });
    this.#process.stdout.setEncoding('latin1').on('data', (text: string) => {
      this.#console += text;
      this.#onOutput();
    });
    this.#process.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    // A guest that ends while it is written to is reported by those who wait for it.
    this.#process.stdin.on('error', () => undefined);
    this.#process.on('error', ({ message }) => {
      this.#stderr += message;
    });
    this.#end = new Promise((resolve) => {
      this.#process.on('close', (status, signal) => {
        this.#hasEnded = true;
        this.#onOutput();
        resolve({ status, signal, stderr: this.#stderr });
      });
    });
  }

  /** The number of the command's process. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Starts a guest and waits until it takes scripts. @throws Error with what it has said, when it does not */
  static async boot(command: readonly string[]): Promise<Guest> {
    const guest = new Guest(command);
    try {
      await guest.#take(READY, BOOT_TIMEOUT_MS);
      return guest;
    } catch (error) {
      await guest.kill();
      throw error;
    }
  }

  /** Runs a shell script in the guest. */
  async run(script: string, timeoutMs = SCRIPT_TIMEOUT_MS): Promise<ScriptResult> {
    this.#send(script);
    const { before, match } = await this.#take(STATUS, timeoutMs);
    return { status: Number(match[1]), output: before.replaceAll('\r\n', '\n') };
  }

  /** Runs a script that has to succeed, and returns what it printed, trimmed. @throws Error with that, if it fails */
  async do(script: string, timeoutMs?: number): Promise<string> {
    const { status, output } = await this.run(script, timeoutMs);
    if (status !== 0) throw new Error(`status ${status} of: ${script}\n${output}`);
    return output.trim();
  }

  /** Restarts the guest's machine, firmware and all, in the same emulator. */
  async reboot(): Promise<void> {
    this.#send('reboot -f');
    await this.#take(READY, BOOT_TIMEOUT_MS);
  }

  /** Switches the guest off and waits for the end of the emulator. */
  async powerOff(): Promise<GuestEnd> {
    this.#send('poweroff -f');
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), END_TIMEOUT_MS);
    return await this.#end.finally(() => clearTimeout(timer));
  }

  /** Ends the emulator from outside, if it still runs. */
  async kill(): Promise<void> {
    if (!this.#hasEnded) this.#process.kill('SIGTERM');
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), END_TIMEOUT_MS);
    await this.#end.finally(() => clearTimeout(timer));
  }

  #send(script: string): void {
    this.#process.stdin.write(`${Buffer.from(script).toString('base64')}\n`);
  }

  /** Waits for something on the console, and takes it and all before from there. */
  async #take(
    pattern: RegExp,
    timeoutMs: number,
  ): Promise<{ before: string; match: RegExpExecArray }> {
    return await new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.#onOutput = () => undefined;
      };
      const fail = (why: string): void => {
        settle();
        reject(new Error(`the guest ${why}. It has said:\n${this.#console}${this.#stderr}`));
      };
      const timer = setTimeout(() => fail(`gave no answer in ${timeoutMs} ms`), timeoutMs);
      this.#onOutput = () => {
        const match = pattern.exec(this.#console);
        if (match !== null) {
          settle();
          const before = this.#console.slice(0, match.index);
          this.#console = this.#console.slice(match.index + match[0].length);
          resolve({ before, match });
        } else if (this.#hasEnded) fail('ended');
      };
      this.#onOutput();
    });
  }
}
