/**
 * The system calls that a VFIO client makes. `linuxSystem()` makes them on Linux, where `/dev/vfio`
 * may be the kernel's own or that of `uvfio run`; a task of an in-process machine (`machine.task()`
 * of `uvfio`) has the same methods. Results are the kernel's: ≥ 0, or −errno. The classes beside
 * this file turn failures into `VfioError`.
 */

/** Memory of the calling program that stays where it is: allocated for DMA, or mapped from a file. */
export interface SystemMemory {
  /** Where the memory begins in the program's address space: what VFIO calls `vaddr`. */
  readonly address: number;
  /** The memory itself. Must not be touched once unmapped. */
  readonly bytes: Uint8Array;
}

export interface VfioSystem {
  /** `open(2)` of an absolute path; descriptors are closed on exec. */
  open(path: string, flags: number): number;
  close(fd: number): number;
  /** `ioctl(2)`. A `DataView` stands for the address of its bytes, which the kernel reads and writes. */
  ioctl(fd: number, request: number, argument: number | DataView): number;
  read(fd: number, target: Uint8Array): number;
  /** `write(2)`. A promise only in-process, where the call sleeps: unbinding a device that is in use. */
  write(fd: number, source: Uint8Array): number | Promise<number>;
  pread(fd: number, target: Uint8Array, offset: number): number;
  pwrite(fd: number, source: Uint8Array, offset: number): number;
  /** `mmap(2)`, shared. `offset` is in bytes; `protection` are PROT_… bits. */
  mmap(fd: number, offset: number, length: number, protection: number): SystemMemory | number;
  /** Anonymous zeroed memory, page-aligned; `length` is rounded up to whole pages. */
  allocate(length: number): SystemMemory | number;
  /** `munmap(2)` of everything that `mmap` or `allocate` answered with. */
  munmap(memory: SystemMemory): number;
  /** `eventfd(2)`, not blocking, closed on exec. */
  eventfd(initial: number): number;
  /** Waits until a descriptor can be read: 1, or 0 when `timeoutMs` have passed (-1: no limit). */
  waitReadable(fd: number, timeoutMs: number): number;
  readlink(path: string): string | number;
  readdir(path: string): string[] | number;
  readFile(path: string): Uint8Array | number;
}
