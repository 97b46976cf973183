/** Calls of programs in words, as strace has them. */
import {
  accessMode,
  openFlags,
  protectionText,
  resultText,
  whenceText,
} from '../decode/constants.js';
import type { DecodedField } from '../decode/decoded-field.js';
import { sizeText } from '../decode/quantities.js';
import { placeText, type RegisterNames } from '../decode/register-names.js';
import { inputFields, outputFields } from '../decode/request-fields.js';
import { requestOf } from '../requested.js';
import type { SessionCall } from '../session-call.js';
import { descriptorCallResult, descriptorCallText } from './descriptor-call-text.js';
import { descriptorText, fileText } from './file-text.js';
import { placeOf, transferText } from './transfer.js';

/** The parts of a line about a call. */
export interface CallText {
  readonly name: string;
  /** Between the parentheses. */
  readonly arguments: string;
  readonly result: string;
  readonly isError: boolean;
}

export function callText(call: SessionCall, registers: RegisterNames): CallText {
  const isError = call.result < 0;
  return {
    name: call.name,
    arguments: argumentsText(call, registers),
    result: isError ? resultText(call.result) : successText(call),
    isError,
  };
}

/** Where memory is mapped, the real kernel decides when the machine has answered. */
function successText(call: SessionCall): string {
  if (call.entered?.kind === 'mmap') return 'mapped';
  if (call.fd !== undefined) return String(call.fd);
  return call.entered === undefined ? descriptorCallResult(call) : String(call.result);
}

function argumentsText(call: SessionCall, registers: RegisterNames): string {
  const { entered } = call;
  switch (entered?.kind) {
    case 'open':
      return `"${call.path ?? entered.path}", ${openFlags(entered.flags)}`;
    case 'ioctl':
      return `${descriptorText(call, 0)}${ioctlText(call)}`;
    case 'read':
    case 'write':
      return `${descriptorText(call, 0)}, ${transferText(call, entered, registers)}`;
    case 'mmap': {
      const { length, protection, isShared, offset } = entered;
      const { region, within } = placeOf(offset);
      const at = offset < 0 ? String(offset) : placeText(region, within);
      const size = length < 0 ? String(length) : sizeText(length);
      const sharing = isShared ? 'MAP_SHARED' : 'MAP_PRIVATE';
      const fd = descriptorText(call, 4);
      return `${fd}, ${at}, ${size}, ${protectionText(protection)}, ${sharing}`;
    }
    case 'lseek':
      return `${descriptorText(call, 0)}, ${entered.offset}, ${whenceText(entered.whence)}`;
    case 'chmod':
      return `"${entered.path}", 0${entered.mode.toString(8)}`;
    case 'chown':
      return `"${entered.path}", ${entered.uid}, ${entered.gid}`;
    case 'close':
      return call.file === undefined ? '' : fileText(call.file);
    default:
      if (call.path !== undefined) return pathText(call, call.path);
      return descriptorCallText(call);
  }
}

/** Where calls that failed before anything was opened have their flags. */
const FLAGS: Readonly<Record<string, number>> = { open: 1, openat: 2 };
/** Where others have what they want to do with a file. */
const MODES: Readonly<Record<string, number>> = { access: 1, faccessat: 2, faccessat2: 2 };

function pathText({ name, target, arguments: registers }: SessionCall, path: string): string {
  if (target !== undefined) return `"${path}" → "${target}"`;
  const flags = registers[FLAGS[name] ?? -1];
  if (flags !== undefined) return `"${path}", ${openFlags(flags)}`;
  const mode = registers[MODES[name] ?? -1];
  return mode === undefined ? `"${path}"` : `"${path}", ${accessMode(mode)}`;
}

function ioctlText(call: SessionCall): string {
  const decoded = requestOf(call);
  if (decoded === undefined) return '';
  const { name, request } = decoded;
  const input = structText(inputFields(name, request));
  const output = structText(outputFields(name, request));
  return `, ${name}${input === '' ? '' : `, ${input}`}${output === '' ? '' : ` → ${output}`}`;
}

/** `{index=BAR0, size=16 KiB}`; a value alone without braces. */
function structText(fields: readonly DecodedField[]): string {
  let text = '';
  for (const [name, value] of fields) {
    if (value === '') continue;
    if (name === '') return value;
    text += `${text === '' ? '{' : ', '}${name}=${value}`;
  }
  return text === '' ? '' : `${text}}`;
}
