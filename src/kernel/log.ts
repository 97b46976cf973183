/** The kernel log: what `dmesg` would show, as data. Writing it out is the embedder's business. */

/** One report of the kernel. */
export interface LogEntry {
  readonly level: 'info' | 'warning' | 'error' | 'defect' | 'WARN' | 'BUG';
  /** For WARN and BUG: a stable name of the condition that was met. */
  readonly condition?: string;
  /** The device the report is about (`dev_warn` and kin). */
  readonly device?: { readonly name: string };
  readonly text: string;
}

/** A condition the kernel must not survive (`BUG_ON`). It ends the machine. */
export class KernelBug extends Error {
  override readonly name = 'KernelBug';
  readonly condition: string;

  constructor(condition: string, text: string) {
    super(text);
    this.condition = condition;
  }
}

/** The log of one machine. */
export class KernelLog {
  readonly #subscribers = new Set<(entry: LogEntry) => void>();
  readonly #warned = new Set<string>();
  #bug: KernelBug | undefined;

  /** The BUG that ended the machine, if one did. */
  get bug(): KernelBug | undefined {
    return this.#bug;
  }

  /** Calls `listener` with each entry from now on. Returns the function that ends it. */
  subscribe(listener: (entry: LogEntry) => void): () => void {
    this.#subscribers.add(listener);
    return () => this.#subscribers.delete(listener);
  }

  info(text: string): void {
    this.#emit({ level: 'info', text });
  }

  warning(text: string): void {
    this.#emit({ level: 'warning', text });
  }

  error(text: string): void {
    this.#emit({ level: 'error', text });
  }

  deviceInfo(device: { readonly name: string }, text: string): void {
    this.#emit({ level: 'info', device, text });
  }

  deviceWarning(device: { readonly name: string }, text: string): void {
    this.#emit({ level: 'warning', device, text });
  }

  /** Something that a device's model did and must not do, with where it did. */
  deviceDefect(device: { readonly name: string }, text: string): void {
    this.#emit({ level: 'defect', device, text });
  }

  /** A condition that should not be, but can be survived (`WARN`, `WARN_ON`). */
  warn(condition: string, text = ''): void {
    this.#emit({ level: 'WARN', condition, text });
  }

  /** `warn`, but only the first time in the machine's life (`WARN_ON_ONCE`). */
  warnOnce(condition: string, text = ''): void {
    if (this.#warned.has(condition)) return;
    this.#warned.add(condition);
    this.warn(condition, text);
  }

  /**
   * A condition that can't be survived (`BUG_ON`): reports it, and the machine is at its end.
   * @throws KernelBug always
   */
  fatal(condition: string, text: string): never {
    this.#emit({ level: 'BUG', condition, text });
    this.#bug = new KernelBug(condition, text);
    throw this.#bug;
  }

  #emit(entry: LogEntry): void {
    for (const listener of this.#subscribers) listener(entry);
  }
}
