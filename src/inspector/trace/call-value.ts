/** Calls of programs as values, for programs. */
import { errorName, openFlags, protectionText, regionName } from '../decode/constants.js';
import { type DecodedField, exact, type FieldValue } from '../decode/decoded-field.js';
import type { RegisterNames } from '../decode/register-names.js';
import { inputFields, outputFields } from '../decode/request-fields.js';
import { requestOf } from '../requested.js';
import type { SessionCall } from '../session-call.js';
import { callText } from './call-text.js';
import { placeOf, transferFields } from './transfer.js';

type Fields = Readonly<Record<string, FieldValue>>;

export function callValue(call: SessionCall, registers: RegisterNames): Fields {
  const { name, pid, tid, startUs, endUs, file, path, target, result, fd } = call;
  return {
    call: name,
    pid,
    tid,
    us: startUs,
    durationUs: endUs - startUs,
    ...(path === undefined ? {} : { path }),
    ...(target === undefined ? {} : { target }),
    ...(file === undefined ? {} : { file: file.label }),
    ...(file?.device === undefined ? {} : { device: file.device }),
    ...enteredFields(call, registers),
    arguments: callText(call, registers).arguments,
    result: fd ?? result,
    ...(result < 0 ? { error: errorName(result) } : {}),
  };
}

function enteredFields(call: SessionCall, registers: RegisterNames): Fields {
  const { entered } = call;
  switch (entered?.kind) {
    case 'open':
      return { flags: openFlags(entered.flags) };
    case 'ioctl':
      return requestFields(call);
    case 'read':
    case 'write':
      return transferFields(call, entered, registers);
    case 'mmap': {
      const { region, within } = placeOf(entered.offset);
      const size = exact(entered.length);
      const protection = protectionText(entered.protection);
      return { region: regionName(region), offset: exact(within), size, protection };
    }
    default:
      return {};
  }
}

function requestFields(call: SessionCall): Fields {
  const decoded = requestOf(call);
  if (decoded === undefined) return {};
  const { name, request } = decoded;
  return {
    request: name,
    in: objectOf(inputFields(name, request)),
    out: objectOf(outputFields(name, request)),
  };
}

/** A value without a name is a number or text of its own, or is named itself. */
function objectOf(fields: readonly DecodedField[]): Fields {
  return Object.assign({}, ...fields.map(named)) as Fields;
}

function named([name, text, value = text]: DecodedField): Fields {
  const isOfSeveral = typeof value === 'object' && !Array.isArray(value);
  if (isOfSeveral && (name === '' || name in value)) return value as Fields;
  return { [name === '' ? 'value' : name]: value };
}
