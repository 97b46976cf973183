/** Telling long runs of bytes apart by a number. Not against anybody: against mistakes. */

/** 32 bits that depend on every byte (FNV-1a, on words of 32 bits, then on what is left of them). */
export function digest(bytes: Uint8Array): number {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const words = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length >> 2);
  let hash = OFFSET_BASIS;
  for (let index = 0; index < words.length; index++) {
    hash = Math.imul(hash ^ (words[index] as number), PRIME);
    // Else the upper bits of a word would stay among themselves.
    hash ^= hash >>> 15;
  }
  for (let index = words.length * 4; index < aligned.length; index++) {
    hash = Math.imul(hash ^ (aligned[index] as number), PRIME);
  }
  return hash >>> 0;
}

const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;
