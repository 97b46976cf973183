/**
 * Runtime power management of one function, as far as it shows: who uses it, and whether it sleeps
 * when nobody does (`Documentation/power/runtime_pm.rst`). PCI functions begin forbidden to sleep,
 * which counts as one use.
 */

export class RuntimePower {
  readonly #suspend: () => void;
  readonly #resume: () => void;
  #usage = 1;
  #isAllowed = false;
  #isSuspended = false;

  /** @param changes what going to sleep and waking up do to the hardware */
  constructor(changes: { readonly suspend: () => void; readonly resume: () => void }) {
    this.#suspend = changes.suspend;
    this.#resume = changes.resume;
  }

  /** Uses that keep it awake (`runtime_usage`). */
  get usage(): number {
    return this.#usage;
  }

  /** Whether it may sleep at all (`power/control` is `auto`). */
  get isAllowed(): boolean {
    return this.#isAllowed;
  }

  get isSuspended(): boolean {
    return this.#isSuspended;
  }

  /** Uses it: wakes it up (`pm_runtime_get_sync`). */
  get(): void {
    this.#usage += 1;
    this.#wake();
  }

  /** Ends a use; the last one lets it sleep (`pm_runtime_put`). */
  put(): void {
    this.#usage -= 1;
    this.#sleepWhenIdle();
  }

  /** Lets it sleep when unused (`pm_runtime_allow`). */
  allow(): void {
    if (this.#isAllowed) return;
    this.#isAllowed = true;
    this.put();
  }

  /** Keeps it awake (`pm_runtime_forbid`). */
  forbid(): void {
    if (!this.#isAllowed) return;
    this.#isAllowed = false;
    this.get();
  }

  #wake(): void {
    if (!this.#isSuspended) return;
    this.#isSuspended = false;
    this.#resume();
  }

  #sleepWhenIdle(): void {
    if (this.#usage > 0 || !this.#isAllowed || this.#isSuspended) return;
    this.#isSuspended = true;
    this.#suspend();
  }
}
