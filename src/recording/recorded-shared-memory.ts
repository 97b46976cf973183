/**
 * Memory that a device's model shares with clients, recorded. Clients store whenever they want, and no
 * replay could repeat that; so the model gets a copy, which is brought in line with what clients have
 * before each turn of the machine and after it. What each side finds then is what is recorded.
 */
import type { MemoryObject, ReadDetector } from '../kernel/memory-object.js';
import { PAGE_SIZE } from '../uapi/file.js';
import type { Recorder } from './recorder.js';
import type { AreEqual } from './shared-memories.js';

/** One way to see a part of the memory. */
interface Side {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
}

interface Part {
  readonly offset: number;
  /** As clients have it. */
  readonly outside: Side;
  /** As the model has it. */
  readonly inside: Side;
  /** As both had it last. */
  readonly agreed: Side;
  isMapped: boolean;
}

export class RecordedSharedMemory implements MemoryObject {
  readonly outside: MemoryObject;
  readonly #recorder: Recorder;
  readonly #number: number;
  readonly #areEqual: AreEqual;
  readonly #parts = new Map<number, Part>();

  constructor(recorder: Recorder, number: number, outside: MemoryObject, areEqual: AreEqual) {
    this.#recorder = recorder;
    this.#number = number;
    this.outside = outside;
    this.#areEqual = areEqual;
  }

  map(offset: number, size: number): Uint8Array {
    let part = this.#parts.get(offset);
    if (part === undefined || part.inside.bytes.length < size) {
      const bytes = this.outside.map(offset, size);
      part = {
        offset,
        outside: sideOf(bytes),
        inside: sideOf(bytes.slice()),
        agreed: sideOf(bytes.slice()),
        isMapped: false,
      };
      this.#parts.set(offset, part);
    }
    return part.inside.bytes.subarray(0, size);
  }

  setMapped(offset: number, isMapped: boolean): void {
    const part = this.#parts.get(offset);
    if (part === undefined) return;
    if (isMapped) this.#show(part);
    else this.#take(part);
    part.isMapped = isMapped;
  }

  setReachable(isReachable: boolean): void {
    this.outside.setReachable?.(isReachable);
  }

  discard(): void {
    this.outside.discard?.();
  }

  watchReads(offset: number): ReadDetector | undefined {
    const recorder = this.#recorder;
    const memory = this.#number;
    const detector = this.outside.watchReads?.(offset);
    recorder.write('watched', { memory, offset, isPossible: detector !== undefined });
    if (detector === undefined) return undefined;
    return {
      get isTouched() {
        const { isTouched } = detector;
        recorder.write('touched', { memory, offset, isTouched });
        return isTouched;
      },
      readers: () => {
        const readers = detector.readers();
        return {
          get areThrough() {
            const { areThrough } = readers;
            recorder.write('through', { memory, offset, areThrough });
            return areThrough;
          },
        };
      },
      renew: () => {
        detector.renew();
        this.#forget(offset);
      },
    };
  }

  /** Gives the model what clients have stored. Whether there was anything. */
  take(): boolean {
    let found = false;
    for (const part of this.#parts.values()) if (part.isMapped && this.#take(part)) found = true;
    return found;
  }

  /** Shows clients what the model has. */
  show(): void {
    for (const part of this.#parts.values()) if (part.isMapped) this.#show(part);
  }

  #take(part: Part): boolean {
    const { outside, inside } = part;
    return this.#agree(part, outside, 'stored', (word, value) => {
      inside.words[word] = value;
    });
  }

  #show(part: Part): void {
    const { outside, inside } = part;
    this.#agree(part, inside, 'shown', (word, value, before) => {
      // What a client has stored meanwhile stays, as if it had been stored after this.
      if (outside.words[word] === before) outside.words[word] = value;
    });
  }

  /** Takes over what one side has changed; `tell` tells the other. Whether there was anything. */
  #agree(
    part: Part,
    changed: Side,
    kind: 'stored' | 'shown',
    tell: (word: number, value: number, before: number) => void,
  ): boolean {
    const { agreed } = part;
    if (this.#areEqual(changed.bytes, agreed.bytes)) return false;
    for (let page = 0; page < agreed.bytes.length; page += PAGE_SIZE) {
      const ofPage = ({ bytes }: Side): Uint8Array => bytes.subarray(page, page + PAGE_SIZE);
      if (this.#areEqual(ofPage(changed), ofPage(agreed))) continue;
      this.#agreePage(part, page / WORD, changed, kind, tell);
    }
    return true;
  }

  #agreePage(
    { offset, agreed }: Part,
    firstWord: number,
    changed: Side,
    kind: 'stored' | 'shown',
    tell: (word: number, value: number, before: number) => void,
  ): void {
    const end = firstWord + PAGE_SIZE / WORD;
    /** Where words that have changed begin. */
    let start = firstWord;
    for (let word = firstWord; word <= end; word++) {
      const before = agreed.words[word] as number;
      // Once: a client may store again meanwhile.
      const value = word < end ? (changed.words[word] as number) : before;
      if (value !== before) {
        agreed.words[word] = value;
        tell(word, value, before);
        continue;
      }
      if (start < word) {
        const bytes = agreed.bytes.slice(start * WORD, word * WORD);
        this.#recorder.write(kind, { memory: this.#number, offset: offset + start * WORD, bytes });
      }
      start = word + 1;
    }
  }

  /** A page is one of zeros for both sides. */
  #forget(offset: number): void {
    for (const { offset: start, inside, agreed } of this.#parts.values()) {
      const at = offset - start;
      if (at < 0 || at >= inside.bytes.length) continue;
      for (const { bytes } of [inside, agreed]) bytes.fill(0, at, at + PAGE_SIZE);
    }
  }
}

const WORD = 4;

function sideOf(bytes: Uint8Array): Side {
  return { bytes, words: new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / WORD) };
}
