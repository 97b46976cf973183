/**
 * Statistics (82576 data sheet §8.18): counters that reading clears. Octets count the CRC, too; the octet
 * counters have 64 bits and are cleared by reading their upper half.
 */

const FIRST = 0x4000;
/** Bytes of the page of registers that the counters are in. */
export const STATISTICS_PAGE = FIRST;

// Offsets of the counters.
/** Receive errors. */
export const RXERRC = 0x400c;
/** Missed packets: the receive buffer was full. */
export const MPC = 0x4010;
export const RLEC = 0x4040;
export const XONRXC = 0x4048;
export const XOFFRXC = 0x4050;
/** Packets received by length, six words: 64, to 127, to 255, to 511, to 1023, to 1522 and beyond. */
export const PRC64 = 0x405c;
/** Good packets received, and of these broadcast and multicast. */
export const GPRC = 0x4074;
export const BPRC = 0x4078;
export const MPRC = 0x407c;
/** Good packets transmitted. */
export const GPTC = 0x4080;
/** Good octets received and transmitted. */
export const GORCL = 0x4088;
export const GOTCL = 0x4090;
/** Receive no buffers: times that a packet had to wait for descriptors. */
export const RNBC = 0x40a0;
/** Too short, too long. */
export const RUC = 0x40a4;
export const ROC = 0x40ac;
/** Total octets received and transmitted. */
export const TORL = 0x40c0;
export const TOTL = 0x40c8;
/** Total packets received and transmitted. */
export const TPR = 0x40d0;
export const TPT = 0x40d4;
/** Packets transmitted by length, as PRC64. */
export const PTC64 = 0x40d8;
export const MPTC = 0x40f0;
export const BPTC = 0x40f4;
/** Packets that were cut into segments, and that could not be. */
export const TSCTC = 0x40f8;
export const TSCTFC = 0x40fc;
/** Interrupts asserted. */
export const IAC = 0x4100;
/** Packets and octets that got to the host, and that it sent. */
export const RPTHC = 0x4104;
export const HGPTC = 0x4118;
export const HGORCL = 0x4128;
export const HGOTCL = 0x4130;
export const LENERRS = 0x4138;

/** Words from the first counter on, and behind them other registers. */
const WORDS = 0x160 / 4;
/** The counters of 64 bits, by their lower word. */
const WIDE = new Set([GORCL, GOTCL, TORL, TOTL, HGORCL, HGOTCL]);
/** A frame's CRC. */
const CRC_BYTES = 4;
const WORD = 2 ** 32;

export class Statistics {
  /** By word. Numbers hold more than any counter. */
  readonly #counts = new Float64Array(WORDS);
  /** What was shown of them last. */
  readonly #shown = new Float64Array(WORDS);
  /** What is to be shown next: the registers, and the counts that they are made of. */
  readonly #image = new Uint32Array(WORDS);
  readonly #prepared = new Float64Array(WORDS);
  /** Something was counted that was not shown yet. */
  #isStale = false;

  get isStale(): boolean {
    return this.#isStale;
  }

  static has(register: number): boolean {
    return register >= FIRST && register < FIRST + 4 * WORDS;
  }

  add(register: number, count = 1): void {
    this.#bump(register, count);
    this.#isStale = true;
  }

  /** Counts a packet that came in, whatever becomes of it. @param length without CRC */
  arrived(length: number): void {
    this.#bump(TPR, 1);
    this.#bump(TORL, length + CRC_BYTES);
    this.#isStale = true;
  }

  /** Counts a packet that was received. @param length without CRC */
  received(length: number, destination: number): void {
    const octets = length + CRC_BYTES;
    this.#bump(GPRC, 1);
    this.#bump(GORCL, octets);
    this.#bump(PRC64 + 4 * sizeClass(octets), 1);
    if (destination !== UNICAST) this.#bump(destination === BROADCAST ? BPRC : MPRC, 1);
    this.#isStale = true;
  }

  /** Counts a received packet that is put into host memory. @param octets with CRC */
  delivered(octets: number): void {
    this.#bump(RPTHC, 1);
    this.#bump(HGORCL, octets);
    this.#isStale = true;
  }

  /** Counts a packet that was sent. @param length without CRC */
  transmitted(length: number, destination: number): void {
    const octets = length + CRC_BYTES;
    this.#bump(GPTC, 1);
    this.#bump(TPT, 1);
    this.#bump(GOTCL, octets);
    this.#bump(TOTL, octets);
    this.#bump(PTC64 + 4 * sizeClass(octets), 1);
    this.#bump(HGPTC, 1);
    this.#bump(HGOTCL, octets);
    if (destination !== UNICAST) this.#bump(destination === BROADCAST ? BPTC : MPTC, 1);
    this.#isStale = true;
  }

  /** What a register shows. Counters of 32 bits stay at their end. */
  peek(register: number): number {
    if (WIDE.has(register - 4)) return Math.floor(this.#countAt(register - 4) / WORD);
    const count = this.#countAt(register);
    return WIDE.has(register) ? count % WORD : Math.min(count, WORD - 1);
  }

  /** Reads a register, which clears its counter. @param words where they are shown, by offset / 4 */
  read(register: number, words: Uint32Array): number {
    const value = this.peek(register);
    if (WIDE.has(register)) return value;
    const counter = WIDE.has(register - 4) ? register - 4 : register;
    const index = (counter - FIRST) >>> 2;
    this.#counts[index] = this.#shown[index] = 0;
    words.fill(0, counter / 4, register / 4 + 1);
    return value;
  }

  /** Makes what is to be shown next. */
  prepare(): void {
    this.#prepared.set(this.#counts);
    for (let index = 0; index < WORDS; index++) this.#image[index] = this.peek(FIRST + 4 * index);
  }

  /** Copies what was prepared to where it is shown. @param words the registers, by offset / 4 */
  showPrepared(words: Uint32Array): void {
    words.set(this.#image, FIRST / 4);
    this.#shown.set(this.#prepared);
    this.#isStale = false;
  }

  /** Whoever was shown the counters has read them all, which clears what was shown. */
  forgetShown(): void {
    for (let index = 0; index < WORDS; index++) {
      this.#counts[index] = (this.#counts[index] as number) - (this.#shown[index] as number);
    }
    this.#shown.fill(0);
    this.#isStale = true;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#shown.fill(0);
    this.#isStale = true;
  }

  #bump(register: number, count: number): void {
    const index = (register - FIRST) >>> 2;
    this.#counts[index] = (this.#counts[index] as number) + count;
  }

  #countAt(register: number): number {
    return this.#counts[(register - FIRST) >>> 2] ?? 0;
  }
}

/** Kinds of destination addresses. */
export const UNICAST = 0;
export const MULTICAST = 1;
export const BROADCAST = 2;

/** Which kind the destination of a frame is. */
export function destinationKind(frame: Uint8Array): number {
  if (((frame[0] as number) & 1) === 0) return UNICAST;
  for (let index = 0; index < 6; index++) if (frame[index] !== 0xff) return MULTICAST;
  return BROADCAST;
}

/** Which of the counters by length counts a packet. */
function sizeClass(octets: number): number {
  if (octets <= 64) return 0;
  if (octets <= 127) return 1;
  if (octets <= 255) return 2;
  if (octets <= 511) return 3;
  return octets <= 1023 ? 4 : 5;
}
