/** Calls on descriptors of which the machine is not asked, in words: closing, duplicating, `fcntl`. */
import { F_GETFL } from '../../uapi/file.js';
import { closeRangeFlags, controlText, duplicationFlags, openFlags } from '../decode/constants.js';
import type { SessionCall } from '../session-call.js';
import { descriptorText } from './file-text.js';

/** `close_range` up to here leaves none. */
const LAST_DESCRIPTOR = 0xffff_ffff;

export function descriptorCallText(call: SessionCall): string {
  const [first = 0, second = 0, third = 0] = call.arguments;
  switch (call.name) {
    case 'close_range':
      return `${first}, ${second === LAST_DESCRIPTOR ? '~0U' : second}, ${closeRangeFlags(third)}`;
    case 'dup2':
      return `${descriptorText(call, 0)}, ${second}`;
    case 'dup3':
      return `${descriptorText(call, 0)}, ${second}, ${duplicationFlags(third)}`;
    case 'fcntl':
      return `${descriptorText(call, 0)}, ${controlText(second, third)}`;
    default:
      return descriptorText(call, 0);
  }
}

/** What has come of one, as far as can be known where the real kernel has run it: `?`, where it can't. */
export function descriptorCallResult({ name, result, isElsewhere, arguments: given }: SessionCall) {
  const [, second = 0] = given;
  if (name === 'dup2' || name === 'dup3') return String(second);
  if (name === 'fcntl' && second === F_GETFL && !isElsewhere) return openFlags(result);
  // Closing what is open does not fail.
  return isElsewhere && name === 'fcntl' ? '?' : String(result);
}
