/** Calls of programs in words, as strace has them. */
import { VFIO_PCI_OFFSET_SHIFT } from '../../uapi/vfio.js';
import {
  openFlags,
  protectionText,
  regionName,
  resultText,
  whenceText,
} from '../decode/constants.js';
import { fileKind, requestName } from '../decode/ioctl-names.js';
import { hex, sizeText } from '../decode/quantities.js';
import type { RegisterNames } from '../decode/register-names.js';
import {
  inputFields,
  type NamedText,
  outputFields,
  type Request,
} from '../decode/request-fields.js';
import { memoryAt, type SessionCall, type SessionFile } from '../session-call.js';

/** The parts of a line about a call. */
export interface CallText {
  readonly name: string;
  /** Between the parentheses. */
  readonly arguments: string;
  readonly result: string;
  readonly isError: boolean;
}

/** Of the bytes of a long transfer, so many are shown. */
const SHOWN_BYTES = 16;
const REGION_SPAN = 2 ** VFIO_PCI_OFFSET_SHIFT;

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
function successText({ entered, fd, result }: SessionCall): string {
  if (entered?.kind === 'mmap') return 'mapped';
  return String(fd ?? result);
}

/** The third argument of `ioctl`, in fields. */
export function requestOf(call: SessionCall): { name: string; request: Request } | undefined {
  const { entered, file } = call;
  if (entered?.kind !== 'ioctl') return undefined;
  const { argument } = entered;
  const name = requestName(fileKind(file?.label ?? ''), entered.command);
  const request = {
    argument,
    input: viewOf(memoryAt(call.reads, argument)),
    output: viewOf(memoryAt(call.writes, argument)),
  };
  return { name, request };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function argumentsText(call: SessionCall, registers: RegisterNames): string {
  const { entered } = call;
  switch (entered?.kind) {
    case 'open':
      return `"${call.path ?? entered.path}", ${openFlags(entered.flags)}`;
    case 'ioctl':
      return [descriptorText(call, 0), ...ioctlText(call)].join(', ');
    case 'read':
    case 'write':
      return `${descriptorText(call, 0)}, ${transferText(call, entered, registers)}`;
    case 'mmap': {
      const { length, protection, isShared, offset } = entered;
      const region = Math.floor(offset / REGION_SPAN);
      const at = `${regionName(region)}+${hex(offset % REGION_SPAN)}`;
      const sharing = isShared ? 'MAP_SHARED' : 'MAP_PRIVATE';
      const fd = descriptorText(call, 4);
      return `${fd}, ${at}, ${sizeText(length)}, ${protectionText(protection)}, ${sharing}`;
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
      return call.arguments.slice(0, ARGUMENTS[call.name] ?? 1).join(', ');
  }
}

/** Where calls that failed before anything was opened have their flags. */
const FLAGS: Readonly<Record<string, number>> = { open: 1, openat: 2 };

function pathText({ name, arguments: registers }: SessionCall, path: string): string {
  const flags = registers[FLAGS[name] ?? -1];
  return flags === undefined ? `"${path}"` : `"${path}", ${openFlags(flags)}`;
}

/** How many arguments of calls on descriptors are of interest. */
const ARGUMENTS: Readonly<Record<string, number>> = { close_range: 3, dup2: 2, dup3: 3, fcntl: 3 };

/** `514 0000:01:00.0` */
function descriptorText(call: SessionCall, argument: number): string {
  const fd = call.arguments[argument];
  const name = call.file === undefined ? '' : fileText(call.file);
  return fd === undefined ? name : `${fd} ${name}`;
}

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

function ioctlText(call: SessionCall): string[] {
  const decoded = requestOf(call);
  if (decoded === undefined) return [];
  const { name, request } = decoded;
  const input = structText(inputFields(name, request));
  const output = call.result < 0 ? '' : structText(outputFields(name, request));
  return [name, ...(input === '' ? [] : [output === '' ? input : `${input} → ${output}`])];
}

/** `{index=BAR0, size=16 KiB}`; a value alone without braces. */
function structText(fields: readonly NamedText[]): string {
  if (fields.length === 0) return '';
  const [first] = fields;
  if (fields.length === 1 && first?.[0] === '') return first[1];
  return `{${fields.map(([name, value]) => `${name}=${value}`).join(', ')}}`;
}

function transferText(
  call: SessionCall,
  entered: Extract<NonNullable<SessionCall['entered']>, { kind: 'read' | 'write' }>,
  registers: RegisterNames,
): string {
  const { kind, address, count, offset } = entered;
  const bytes = memoryAt(kind === 'read' ? call.writes : call.reads, address);
  const arrow = kind === 'read' ? '→' : '←';
  const value = call.result < 0 ? '' : ` ${arrow} ${bytesText(bytes, call.result)}`;
  const device = call.file?.device;
  if (device === undefined || offset < 0) {
    return `${sizeText(count)}${offset < 0 ? '' : ` at ${hex(offset)}`}${value}`;
  }
  const region = Math.floor(offset / REGION_SPAN);
  const within = offset % REGION_SPAN;
  const place = count <= 8 ? registers.nameOf(device, region, within) : hex(within);
  return `${regionName(region)} ${place}, ${count}${value}`;
}

/** A register as a number; longer ones by their first bytes. */
function bytesText(bytes: Uint8Array, count: number): string {
  if (count <= 8 && bytes.length >= count) {
    let value = 0n;
    for (let i = count - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0);
    return hex(value);
  }
  const printable = [...bytes.subarray(0, count)].every(
    (byte) => byte === 10 || (byte >= 32 && byte < 127),
  );
  if (printable && bytes.length > 0)
    return JSON.stringify(
      String.fromCharCode(...bytes.subarray(0, Math.min(count, SHOWN_BYTES * 2))),
    );
  const shown = [...bytes.subarray(0, Math.min(count, SHOWN_BYTES))];
  const text = shown.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return count > shown.length ? `${text} …` : text;
}
