/** Error codes of system calls in words. */
import { getSystemErrorName } from 'node:util';

const TEXTS: Readonly<Record<string, string>> = {
  EPERM: 'not permitted',
  ENOENT: 'there is no such file',
  EIO: 'input/output error',
  EACCES: 'permission denied',
  EROFS: 'the file system is read-only',
  EISDIR: 'is a directory',
  ENOTDIR: 'its directory is none',
  ENOSPC: 'no space left',
  EDQUOT: 'the quota is used up',
  EFBIG: 'too large for the file system',
};

export function explainCode(code: string): string {
  return TEXTS[code] ?? code;
}

export function explainErrno(errno: number): string {
  return explainCode(getSystemErrorName(-errno));
}

/** The code of an error that Node threw. */
export function codeOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return code ?? String(error);
}
