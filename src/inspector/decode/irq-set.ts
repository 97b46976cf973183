/** SET_IRQS, in words: which vectors, what is done to them, with what. */
import * as vfio from '../../uapi/vfio.js';
import { flagNames, irqIndexName } from './constants.js';
import { type DecodedField, decode, number } from './decoded-field.js';
import { expectedArgsz } from './request.js';

/** So many vectors are listed. */
const LISTED = 8;

export function irqSetFields(input: DataView): readonly DecodedField[] {
  const set = decode(vfio.IrqSet, input);
  const { flags, index, start, count } = set;
  const size = dataSize(flags);
  const data = size === 0 ? undefined : dataField(input, size, count);
  return [
    expectedArgsz(set, vfio.IrqSet.size + count * size),
    ['index', irqIndexName(index)],
    ['flags', flagNames(flags, 'VFIO_IRQ_SET_')],
    number('start', start),
    number('count', count),
    ...(data === undefined ? [] : [data]),
  ];
}

/** Bytes of what is said of each vector. */
function dataSize(flags: number): number {
  if ((flags & vfio.VFIO_IRQ_SET_DATA_EVENTFD) !== 0) return 4;
  return (flags & vfio.VFIO_IRQ_SET_DATA_BOOL) !== 0 ? 1 : 0;
}

/** What is said of them; nothing when the machine has not read it. */
function dataField(input: DataView, size: number, count: number): DecodedField | undefined {
  const there = Math.min(count, Math.floor((input.byteLength - vfio.IrqSet.size) / size));
  if (there <= 0) return undefined;
  const values = Array.from({ length: there }, (_, i) => {
    const at = vfio.IrqSet.size + i * size;
    return size === 4 ? input.getInt32(at, true) : input.getUint8(at);
  });
  const rest = count > LISTED ? ', …' : '';
  const text = `[${values.slice(0, LISTED).join(', ')}${rest}]`;
  return [size === 4 ? 'eventfds' : 'values', text, values];
}
