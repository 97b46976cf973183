/** What was read or written by a call: which register or attribute, and its bytes. */
import { VFIO_PCI_OFFSET_SHIFT } from '../../uapi/vfio.js';
import { regionName } from '../decode/constants.js';
import { exact, type FieldValue } from '../decode/decoded-field.js';
import { hex, sizeText } from '../decode/quantities.js';
import { placeText, type RegisterNames } from '../decode/register-names.js';
import { memoryAt, type SessionCall } from '../session-call.js';

type Entered = Extract<NonNullable<SessionCall['entered']>, { kind: 'read' | 'write' }>;

/** Of the bytes of a long transfer, so many are shown, */
const SHOWN_BYTES = 16;
/** or so many characters. */
const SHOWN_TEXT = 32;
/** The longest register. */
const REGISTER_BYTES = 8;
const REGION_SPAN = 2 ** VFIO_PCI_OFFSET_SHIFT;

/** Where in a device an offset of its file is. */
export function placeOf(offset: number): { region: number; within: number } {
  const region = Math.floor(offset / REGION_SPAN);
  return { region, within: offset - region * REGION_SPAN };
}

export function transferText(call: SessionCall, entered: Entered, registers: RegisterNames) {
  const { kind, count, offset } = entered;
  const arrow = kind === 'read' ? '→' : '←';
  const value =
    call.result < 0 ? '' : ` ${arrow} ${bytesText(bytesOf(call, entered), call.result)}`;
  const device = call.file?.device;
  if (device === undefined || offset < 0) {
    const length = count < 0 ? String(count) : sizeText(count);
    return `${length}${offset < 0 ? '' : ` at ${hex(offset)}`}${value}`;
  }
  const { region, within } = placeOf(offset);
  const name = count <= REGISTER_BYTES ? registers.nameOf(device, region, within) : undefined;
  const place = name === undefined ? placeText(region, within) : `${regionName(region)} ${name}`;
  return `${place}, ${count}${value}`;
}

/** The same for programs. */
export function transferFields(
  call: SessionCall,
  entered: Entered,
  registers: RegisterNames,
): Readonly<Record<string, FieldValue>> {
  const { count, offset } = entered;
  const bytes = bytesOf(call, entered).subarray(0, Math.max(0, call.result));
  const value =
    call.result > REGISTER_BYTES || bytes.length < call.result
      ? { bytes: Buffer.from(bytes).toString('hex') }
      : { value: `0x${numberOf(bytes).toString(16)}` };
  const device = call.file?.device;
  const content = call.result < 0 ? {} : value;
  if (device === undefined || offset < 0) {
    return { ...(offset < 0 ? {} : { offset: exact(offset) }), size: count, ...content };
  }
  const { region, within } = placeOf(offset);
  const name = count <= REGISTER_BYTES ? registers.nameOf(device, region, within) : undefined;
  const register = name === undefined ? {} : { register: name };
  return {
    region: regionName(region),
    offset: exact(within),
    ...register,
    size: count,
    ...content,
  };
}

function bytesOf(call: SessionCall, { kind, address }: Entered): Uint8Array {
  return memoryAt(kind === 'read' ? call.writes : call.reads, address);
}

/** A register as a number; longer ones by their first bytes. */
function bytesText(bytes: Uint8Array, count: number): string {
  if (count <= 4 && count > 0 && bytes.length >= count) return `0x${shortNumber(bytes, count)}`;
  if (count <= REGISTER_BYTES && bytes.length >= count) return hex(numberOf(bytes, count));
  const known = bytes.subarray(0, count);
  if (known.length > 0 && known.every(isPrintable)) {
    return JSON.stringify(String.fromCharCode(...known.subarray(0, SHOWN_TEXT)));
  }
  const shown = [...known.subarray(0, SHOWN_BYTES)];
  const text = shown.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return count > shown.length ? `${text} …` : text;
}

const isPrintable = (byte: number): boolean => byte === 10 || (byte >= 32 && byte < 127);

function shortNumber(bytes: Uint8Array, count: number): string {
  let value = 0;
  for (let i = count - 1; i >= 0; i--) value = value * 0x100 + (bytes[i] ?? 0);
  return value.toString(16);
}

function numberOf(bytes: Uint8Array, count = bytes.length): bigint {
  let value = 0n;
  for (let i = count - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0);
  return value;
}
