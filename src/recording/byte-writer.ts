/** Bytes put one after the other: numbers in as few as they need, texts once. */

/** To be raised by whoever changes how values become bytes. */
export const ENCODING = 2;

const FIRST_SIZE = 64 * 1024;
/** First bytes of integers that take more than one. */
export const UINT_16 = 0xfd;
export const UINT_32 = 0xfe;
export const FLOAT_64 = 0xff;
/** Integers of either sign below it take 5 bytes at most. */
const SMALL = 2 ** 31;

export class ByteWriter {
  #bytes = new Uint8Array(FIRST_SIZE);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  readonly #texts = new Map<string, number>();

  /** Bytes written since they were last taken. */
  get length(): number {
    return this.#length;
  }

  /** What was written since it was last taken. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return taken;
  }

  /** Makes room for values without variable length, `count` bytes in all. */
  reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + count));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }

  byte(value: number): void {
    this.#bytes[this.#length++] = value;
  }

  /** An integer from 0 to 2⁵³: small ones in one byte, others in 2, 4 or 8 after one that says so. */
  uint(value: number): void {
    if (value < UINT_16) this.#bytes[this.#length++] = value;
    else if (value < 0x1_0000) {
      this.#bytes[this.#length] = UINT_16;
      this.#view.setUint16(this.#length + 1, value, true);
      this.#length += 3;
    } else if (value < 0x1_0000_0000) {
      this.#bytes[this.#length] = UINT_32;
      this.#view.setUint32(this.#length + 1, value, true);
      this.#length += 5;
    } else {
      this.#bytes[this.#length] = FLOAT_64;
      this.#view.setFloat64(this.#length + 1, value, true);
      this.#length += 9;
    }
  }

  /**
   * An integer of either sign, as registers have them: up to 2⁶³ as near as a number comes to it. Small ones have
   * their sign in the lowest bit.
   */
  int(value: number): void {
    if (value >= -SMALL && value < SMALL) this.uint(value < 0 ? -value * 2 - 1 : value * 2);
    else {
      this.byte(FLOAT_64);
      this.float(value);
    }
  }

  float(value: number): void {
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  u64(value: bigint): void {
    this.#view.setBigUint64(this.#length, value, true);
    this.#length += 8;
  }

  bytes(value: Uint8Array): void {
    this.uint(value.length);
    this.reserve(value.length + RESERVE);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  /** A text: its number, after 0 and the text itself where it is new. */
  text(value: string): void {
    const known = this.#texts.get(value);
    if (known !== undefined) {
      this.uint(known);
      return;
    }
    this.#texts.set(value, this.#texts.size + 1);
    this.uint(0);
    this.bytes(new TextEncoder().encode(value));
  }
}

/** More than the fields of fixed length of any record take. */
export const RESERVE = 256;
