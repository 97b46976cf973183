/** The one error of the client: a system call that failed, named, with what it usually means. */
import { Errno, errnoName } from '../uapi/errno.js';

/** What error numbers of one call mean to whoever made it. */
export type Meanings = Readonly<Partial<Record<keyof typeof Errno, string>>>;

export class VfioError extends Error {
  override readonly name = 'VfioError';
  /** The symbolic error, `EINVAL`; `E123` for one without a name here. */
  readonly code: string;
  /** The positive error number. */
  readonly errno: number;
  /** What was asked for: `VFIO_SET_IOMMU`, `open /dev/vfio/12`. */
  readonly request: string;

  constructor(request: string, errno: number, meanings: Meanings = {}) {
    const name = errnoName(errno);
    const code = name ?? `E${errno}`;
    const meaning = name === undefined ? undefined : (meanings[name] ?? general[name]);
    super(`${request}: ${code}${meaning === undefined ? '' : `: ${meaning}`}`);
    this.code = code;
    this.errno = errno;
    this.request = request;
  }
}

const general: Meanings = {
  EACCES: 'permission denied',
  EBADF: 'the descriptor is closed or has no such operation',
  EBUSY: 'it is in use',
  EFAULT: 'an address that the request names is not mapped',
  EINVAL: 'the request or its arguments are not valid here',
  EMFILE: 'the process has too many open files',
  ENODEV: 'there is no such device',
  ENOENT: 'there is no such file',
  ENOMEM: 'out of memory, or over RLIMIT_MEMLOCK',
  ENOTTY: 'the request is not known here',
  EPERM: 'not permitted',
};

/** A result that is no failure. @throws VfioError */
export function checked<T>(request: string, result: T | number, meanings?: Meanings): T;
export function checked(request: string, result: number, meanings?: Meanings): number;
export function checked<T>(request: string, result: T | number, meanings?: Meanings): T | number {
  if (typeof result === 'number' && result < 0) throw new VfioError(request, -result, meanings);
  return result;
}

/** The result of a transfer that has to be complete. @throws VfioError: EIO when it was cut short */
export function checkedTransfer(request: string, result: number, length: number): void {
  checked(request, result);
  if (result !== length) {
    throw new VfioError(request, Errno.EIO, {
      EIO: `${result} of ${length} bytes were transferred`,
    });
  }
}
