/**
 * Kernel modules as far as lifetimes go: whoever uses what a module provides holds a reference to
 * it, and a module that is going away gives out no more.
 */

/** One loaded module. */
export class Module {
  readonly name: string;
  #references = 0;
  #going = false;

  constructor(name: string) {
    this.name = name;
  }

  /** References held. */
  get references(): number {
    return this.#references;
  }

  /** Takes a reference, unless the module is going (`try_module_get`). */
  tryGet(): boolean {
    if (this.#going) return false;
    this.#references += 1;
    return true;
  }

  /** Gives a reference back (`module_put`). */
  put(): void {
    if (this.#references === 0) throw new Error(`module ${this.name}: put without get`);
    this.#references -= 1;
  }

  /** Starts (or calls off) the module's removal: no new references from now on; held ones stay. */
  setGoing(going: boolean): void {
    this.#going = going;
  }
}
