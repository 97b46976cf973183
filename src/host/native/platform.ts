// Which platforms the native layer runs on, and the error that says so elsewhere. Importing any file
// of this folder is safe on every platform; the first use of a system call is where this throws.

export class UnsupportedPlatformError extends Error {
  readonly code = 'UNSUPPORTED_PLATFORM';
  override readonly name = 'UnsupportedPlatformError';
}

/** Why native programs can't be served here, or `undefined` where they can. */
export function unsupportedPlatformReason(
  platform: string = process.platform,
  architecture: string = process.arch,
): string | undefined {
  if (platform !== 'linux') {
    return `serving native programs needs Linux; this is ${platform}`;
  }
  if (architecture !== 'x64') {
    return `serving native programs needs x86-64 for now; this is ${architecture}`;
  }
  return undefined;
}

/** @throws UnsupportedPlatformError anywhere but on Linux x86-64 */
export function assertSupportedPlatform(): void {
  const reason = unsupportedPlatformReason();
  if (reason !== undefined) throw new UnsupportedPlatformError(reason);
}
