/**
 * Text from bytes, one character a byte (latin1). Programs name the same few things again and again,
 * and making a string costs more than all else about a name, so the strings made lately are kept.
 */

/** A power of two. */
const SLOTS = 64;
const recent: string[] = new Array(SLOTS).fill('');

/** The text of the first `length` bytes. */
export function textOfBytes(bytes: Uint8Array, length: number): string {
  let hash = length;
  for (let index = 0; index < length; index++) hash = (hash * 31 + (bytes[index] as number)) | 0;
  const slot = hash & (SLOTS - 1);
  const known = recent[slot] as string;
  if (isTextOf(known, bytes, length)) return known;
  const text = String.fromCharCode(...bytes.subarray(0, length));
  recent[slot] = text;
  return text;
}

function isTextOf(text: string, bytes: Uint8Array, length: number): boolean {
  if (text.length !== length) return false;
  for (let index = 0; index < length; index++) {
    if (text.charCodeAt(index) !== bytes[index]) return false;
  }
  return true;
}
