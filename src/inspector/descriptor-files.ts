/** Which files of the machine programs have behind their descriptors, as far as calls have shown. */
import type { SessionCall, SessionFile } from './session-call.js';

export class DescriptorFiles {
  /** By process and number. */
  readonly #own = new Map<string, SessionFile>();
  /** By number alone: what was given last, for the children of fork. */
  readonly #last = new Map<number, SessionFile>();

  of(pid: number, fd: number): SessionFile | undefined {
    return this.#own.get(`${pid} ${fd}`) ?? this.#last.get(fd);
  }

  /** A call has ended: it may have given a descriptor, or closed one. */
  ended({ name, pid, fd, given, arguments: [first = -1, second = -1] }: SessionCall): void {
    if (name === 'close') this.#own.delete(`${pid} ${first}`);
    else if ((name === 'dup2' || name === 'dup3') && first !== second) {
      this.#own.delete(`${pid} ${second}`);
    }
    if (fd === undefined || given === undefined) return;
    this.#own.set(`${pid} ${fd}`, given);
    this.#last.set(fd, given);
  }
}
