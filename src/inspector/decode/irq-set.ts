/** SET_IRQS, in words: which vectors, what is done to them, with what. */
import * as vfio from '../../uapi/vfio.js';
import { flagNames, irqIndexName } from './constants.js';
import type { NamedText } from './request-fields.js';

/** So many vectors are listed. */
const LISTED = 8;

export function irqSetFields(input: DataView): readonly NamedText[] {
  if (input.byteLength < vfio.IrqSet.size) return [['', '?']];
  const { flags, index, start, count } = vfio.IrqSet.decode(input);
  const fields: NamedText[] = [
    ['index', irqIndexName(index)],
    ['flags', flagNames(flags, 'VFIO_IRQ_SET_')],
    ['start', String(start)],
    ['count', String(count)],
  ];
  const data = dataText(input, flags, count);
  return data === undefined ? fields : [...fields, data];
}

function dataText(input: DataView, flags: number, count: number): NamedText | undefined {
  const size = (flags & vfio.VFIO_IRQ_SET_DATA_EVENTFD) !== 0 ? 4 : 1;
  if ((flags & vfio.VFIO_IRQ_SET_DATA_TYPE_MASK) === vfio.VFIO_IRQ_SET_DATA_NONE) return undefined;
  const there = Math.min(count, Math.floor((input.byteLength - vfio.IrqSet.size) / size));
  const values = Array.from({ length: Math.min(there, LISTED) }, (_, i) => {
    const at = vfio.IrqSet.size + i * size;
    return size === 4 ? input.getInt32(at, true) : input.getUint8(at);
  });
  const rest = count > values.length ? ', …' : '';
  return [size === 4 ? 'eventfds' : 'values', `[${values.join(', ')}${rest}]`];
}

/** The eventfds that a request sets: their vectors and descriptors; undefined when it sets none. */
export function eventFdsOf(
  input: DataView,
): { index: number; start: number; fds: number[] } | undefined {
  if (input.byteLength < vfio.IrqSet.size) return undefined;
  const { flags, index, start, count } = vfio.IrqSet.decode(input);
  if ((flags & vfio.VFIO_IRQ_SET_DATA_EVENTFD) === 0) return undefined;
  const there = Math.min(count, Math.floor((input.byteLength - vfio.IrqSet.size) / 4));
  const fds = Array.from({ length: there }, (_, i) =>
    input.getInt32(vfio.IrqSet.size + 4 * i, true),
  );
  return { index, start, fds };
}
