/** Files of a session in words. */
import { fileKind } from '../decode/ioctl-names.js';
import type { SessionCall, SessionFile } from '../session-call.js';

/** What a file is, in short. */
export function fileText({ label, device }: SessionFile): string {
  switch (fileKind(label)) {
    case 'container':
      return 'container';
    case 'group':
      return `group ${label.slice(label.lastIndexOf('/') + 1)}`;
    default:
      return device ?? label;
  }
}

/** `514 0000:01:00.0`: a descriptor in some argument, and the call's file, as far as they are known. */
export function descriptorText(call: SessionCall, argument: number): string {
  const fd = call.arguments[argument];
  const name = call.file === undefined ? '' : fileText(call.file);
  if (fd === undefined || name === '') return fd === undefined ? name : String(fd);
  return `${fd} ${name}`;
}
