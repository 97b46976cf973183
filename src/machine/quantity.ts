/** Numbers with units, as people write them. Undefined: it is none. */

const DECIMAL = /^([0-9]+(?:\.[0-9]+)?|\.[0-9]+)\s*([a-zµ/%]*)$/i;

const BITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };
const MILLISECONDS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1e3,
};

/** Bits per second: `100M`, `1G`, `64kbit/s`. */
export function parseBandwidth(text: string | number): number | undefined {
  const parsed = parse(text);
  if (parsed === undefined) return undefined;
  const factor = BITS[parsed.unit.toLowerCase().replace(/(bps|bit|bit\/s)$/, '')];
  return factor === undefined ? undefined : parsed.value * factor;
}

/** Milliseconds: `1ms`, `50us`, `2s`. Only 0 needs no unit. */
export function parseDuration(text: string | number): number | undefined {
  const parsed = parse(text);
  if (parsed === undefined) return undefined;
  if (parsed.unit === '') return parsed.value === 0 ? 0 : undefined;
  const factor = MILLISECONDS[parsed.unit];
  return factor === undefined ? undefined : parsed.value * factor;
}

/** A part of a whole: `1%`, `0.01`. */
export function parsePart(text: string | number): number | undefined {
  const parsed = parse(text);
  if (parsed === undefined) return undefined;
  const factor = { '': 1, '%': 0.01 }[parsed.unit];
  return factor === undefined ? undefined : parsed.value * factor;
}

function parse(text: string | number): { value: number; unit: string } | undefined {
  const match = DECIMAL.exec(String(text).trim());
  if (match === null) return undefined;
  const [, digits = '', unit = ''] = match;
  return { value: Number(digits), unit };
}
