/** What keeps a device from being captured, for whoever asked for it. */
export class CaptureError extends Error {
  override readonly name = 'CaptureError';
}
