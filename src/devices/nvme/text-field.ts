/** ASCII fields of the structures that hosts read (NVM Express 1.4 §1.6). */

/** Puts text, filled up with spaces. */
export function putText(bytes: Uint8Array, at: number, length: number, text: string): void {
  for (let index = 0; index < length; index++) {
    bytes[at + index] = index < text.length ? text.charCodeAt(index) & 0x7f : 0x20;
  }
}
