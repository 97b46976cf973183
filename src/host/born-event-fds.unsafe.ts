/**
 * Eventfds that are made here for programs, where descriptors can't be copied out of them later
 * (`pidfd_getfd` refused, as Docker's default profile does): of each a descriptor is kept from its birth.
 * An eventfd is found again by the number that the kernel gives it.
 */
import { kernelError, kernelErrorOf } from '../kernel/error.js';
import { descendants } from './descendants.js';
import { eventFdId, eventFdsOf } from './event-fd-ids.js';
import { type Libc, libc } from './native/libc.unsafe.js';
import { EFD_CLOEXEC } from './native/linux-constants.js';
import { readLink } from './native/proc-file.unsafe.js';

const F_DUPFD_CLOEXEC = 1030;
/** With more, those that no program has open any more are looked for. */
const FEW = 64;

/** Whether descriptors can be copied out of processes here. */
export function canCopyDescriptors(): boolean {
  const pidfd = libc().pidfdOpen(process.pid, 0);
  if (pidfd < 0) return false;
  const copy = libc().pidfdGetfd(pidfd, 2);
  libc().close(pidfd);
  if (copy >= 0) libc().close(copy);
  // EBADF: there is no descriptor 2, but one could be had.
  return copy >= 0 || copy === -kernelError('EBADF').errno;
}

export class BornEventFds {
  readonly #libc: Libc = libc();
  /** Our descriptors, by the kernel's number of the eventfd. */
  readonly #byId = new Map<string, number>();
  #sweepAt = FEW;

  /** Makes one. @returns our descriptor of it, which stays ours; or −errno */
  create(initial: number, flags: number): number {
    if (this.#byId.size >= this.#sweepAt) this.#sweep();
    const fd = this.#libc.eventfd(initial, flags | EFD_CLOEXEC);
    const id = fd < 0 ? undefined : eventFdId('self', fd);
    if (id !== undefined) this.#byId.set(id, fd);
    return fd;
  }

  /**
   * A descriptor of this process for an eventfd of a program; the caller's to close.
   * @throws EBADF when nothing is open there, or it was born elsewhere; EINVAL when it is no eventfd
   */
  copyOf(pid: number, fd: number): number {
    const link = readLink(`/proc/${pid}/fd/${fd}`);
    if (link === undefined) throw kernelError('EBADF');
    if (link !== 'anon_inode:[eventfd]') throw kernelError('EINVAL');
    const own = this.#byId.get(eventFdId(pid, fd) ?? '');
    if (own === undefined) throw kernelError('EBADF');
    const copy = this.#libc.fcntl(own, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) throw kernelErrorOf(copy);
    return copy;
  }

  /** Lets go of all. */
  close(): void {
    for (const fd of this.#byId.values()) this.#libc.close(fd);
    this.#byId.clear();
  }

  #sweep(): void {
    const used = new Set(descendants().flatMap(eventFdsOf));
    for (const [id, fd] of this.#byId) {
      if (used.has(id)) continue;
      this.#libc.close(fd);
      this.#byId.delete(id);
    }
    this.#sweepAt = Math.max(FEW, this.#byId.size * 2);
  }
}
