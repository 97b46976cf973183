/** Numbers as people read them. */

export function hex(value: number | bigint): string {
  return value < 0 ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}

/** An address in a register: unsigned, whatever became of its upper bit. */
export function pointerText(value: number): string {
  if (value === 0) return 'NULL';
  return hex(value < 0 ? BigInt.asUintN(64, BigInt(value)) : value);
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `4 KiB`, `1.5 MiB`; what is no round number of a unit, in a smaller one. */
export function sizeText(bytes: number | bigint): string {
  let value = Number(bytes);
  let unit = 0;
  while (unit < UNITS.length - 1 && value >= 1024 && (value % 256 === 0 || value >= 2 ** 20)) {
    value /= 1024;
    unit += 1;
  }
  const text = Number.isInteger(value) ? String(value) : value.toFixed(2).replace(/\.?0+$/, '');
  return `${text} ${UNITS[unit]}`;
}

/** `0x10000-0x10fff (4 KiB)` */
export function rangeText(start: number | bigint, size: number | bigint): string {
  const first = BigInt(start);
  const length = BigInt(size);
  if (length <= 0n) return `${hex(first)} (0 B)`;
  return `${hex(first)}-${hex(first + length - 1n)} (${sizeText(length)})`;
}

/** `12 µs`, `3.4 ms`, `1.20 s` */
export function durationText(us: number): string {
  if (us < 1000) return `${us} µs`;
  if (us < 1_000_000) return `${(us / 1000).toFixed(1)} ms`;
  return `${(us / 1_000_000).toFixed(2)} s`;
}

/** A count with its noun. */
export function countText(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}

/** `4 KiB|2 MiB`, from the bits of a mask. */
export function pageSizesText(mask: bigint): string {
  const sizes: string[] = [];
  for (let bit = 1n; bit <= mask; bit <<= 1n) if ((mask & bit) !== 0n) sizes.push(sizeText(bit));
  return sizes.join('|') || '0';
}
