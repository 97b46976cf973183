// An assembler for classic BPF as seccomp runs it: 32-bit loads from struct seccomp_data, comparisons,
// forward jumps, returns. Conditional jumps hold 8-bit offsets (linux/filter.h); a label further away is reached
// through an unconditional jump that the assembler inserts.
// Documentation/networking/filter.rst, Documentation/userspace-api/seccomp_filter.rst

export const SECCOMP_RET_USER_NOTIF = 0x7fc00000;
export const SECCOMP_RET_ALLOW = 0x7fff0000;

/** Offsets in `struct seccomp_data` (little endian). */
export const seccompData = {
  nr: 0,
  arch: 4,
  instructionPointerLow: 8,
  argumentLow: (index: number): number => 16 + 8 * index,
  argumentHigh: (index: number): number => 20 + 8 * index,
} as const;

/** BPF_MAXINSNS */
export const maximumInstructions = 4096;

/** `eq`, `gt`, `ge` compare the accumulator with a constant, unsigned; `set` tests for any common bit. */
export type Condition = 'eq' | 'gt' | 'ge' | 'set';

const conditionCode = { eq: 0x15, gt: 0x25, ge: 0x35, set: 0x45 } as const; // BPF_JMP | BPF_J* | BPF_K
const LD_W_ABS = 0x20;
const ALU_AND_K = 0x54;
const JMP_JA = 0x05;
const RET_K = 0x06;

interface Plain {
  readonly kind: 'plain';
  readonly code: number;
  readonly k: number;
}
interface Jump {
  readonly kind: 'jump';
  readonly to: string;
}
interface Branch {
  readonly kind: 'branch';
  readonly code: number;
  readonly k: number;
  /** `undefined` is the next instruction. */
  readonly then: string | undefined;
  readonly otherwise: string | undefined;
  thenIsFar: boolean;
  otherwiseIsFar: boolean;
}
type Item = Plain | Jump | Branch;

/** An array of `struct sock_filter`. */
export interface BpfProgram {
  readonly bytes: Uint8Array;
  readonly instructionCount: number;
}

/**
 * Builds a program in the order it runs.
 * @example
 * new BpfAssembler().load(seccompData.nr).jumpIf('eq', 16, 'ioctl').return(SECCOMP_RET_ALLOW)
 *   .label('ioctl').return(SECCOMP_RET_USER_NOTIF).assemble()
 */
export class BpfAssembler {
  readonly #items: Item[] = [];
  readonly #labels = new Map<string, number>();
  #generated = 0;

  /** A ← the 32-bit word at `offset` of seccomp_data. */
  load(offset: number): this {
    return this.#plain(LD_W_ABS, offset);
  }

  /** A ← A & mask. */
  and(mask: number): this {
    return this.#plain(ALU_AND_K, mask);
  }

  return(action: number): this {
    return this.#plain(RET_K, action);
  }

  jump(to: string): this {
    this.#items.push({ kind: 'jump', to });
    return this;
  }

  /** To `then` when `A condition k` holds, else to `otherwise`; an absent label is the next instruction. */
  jumpIf(condition: Condition, k: number, then: string | undefined, otherwise?: string): this {
    this.#items.push({
      kind: 'branch',
      code: conditionCode[condition],
      k: k >>> 0,
      then,
      otherwise,
      thenIsFar: false,
      otherwiseIsFar: false,
    });
    return this;
  }

  /** To `to` when `A condition k` does not hold. */
  jumpUnless(condition: Condition, k: number, to: string): this {
    return this.jumpIf(condition, k, undefined, to);
  }

  label(name: string): this {
    if (this.#labels.has(name)) throw new Error(`label ${name} is placed twice`);
    this.#labels.set(name, this.#items.length);
    return this;
  }

  /** A number no earlier call gave, for the names of labels in a piece that is emitted more than once. */
  nextLabel(): number {
    return this.#generated++;
  }

  /**
   * Jumps by the value of A through a balanced tree of comparisons: log2(cases) instructions run instead of one
   * a case. Seccomp runs the filter on every call of the program, so this is the filter's speed.
   */
  dispatch(cases: ReadonlyMap<number, string>, otherwise: string): this {
    const sorted = [...cases].sort(([a], [b]) => a - b);
    if (sorted.length === 0) return this.jump(otherwise);
    this.#dispatchRange(sorted, otherwise);
    return this;
  }

  /** @throws Error for a label that is missing or lies behind, or a program over 4096 instructions */
  assemble(): BpfProgram {
    const offsets = this.#settleOffsets();
    const instructionCount = offsets[this.#items.length] ?? 0;
    if (instructionCount > maximumInstructions) {
      throw new Error(
        `a program of ${instructionCount} instructions is over the limit of ${maximumInstructions}`,
      );
    }
    const bytes = new Uint8Array(instructionCount * 8);
    const writer = new InstructionWriter(new DataView(bytes.buffer));
    for (const [index, item] of this.#items.entries()) this.#encode(writer, item, index, offsets);
    return { bytes, instructionCount };
  }

  #plain(code: number, k: number): this {
    this.#items.push({ kind: 'plain', code, k: k >>> 0 });
    return this;
  }

  #dispatchRange(cases: readonly (readonly [number, string])[], otherwise: string): void {
    if (cases.length <= 3) {
      for (const [index, [value, label]] of cases.entries()) {
        this.jumpIf('eq', value, label, index === cases.length - 1 ? otherwise : undefined);
      }
      return;
    }
    const middle = cases.length >> 1;
    const upper = cases.slice(middle);
    const upperLabel = `dispatch#${this.nextLabel()}`;
    this.jumpIf('ge', upper[0]?.[0] ?? 0, upperLabel);
    this.#dispatchRange(cases.slice(0, middle), otherwise);
    this.label(upperLabel);
    this.#dispatchRange(upper, otherwise);
  }

  /** Instruction index of every item, widening branches until all offsets fit. Branches only grow, so it ends. */
  #settleOffsets(): number[] {
    for (;;) {
      const offsets = [0];
      for (const item of this.#items) offsets.push((offsets.at(-1) ?? 0) + sizeOf(item));
      if (!this.#widen(offsets)) return offsets;
    }
  }

  /** Marks the branches whose labels are out of reach with these offsets. @returns whether there were any */
  #widen(offsets: readonly number[]): boolean {
    let widened = false;
    for (const [index, item] of this.#items.entries()) {
      if (item.kind !== 'branch') continue;
      const reach = (offsets[index] ?? 0) + 256;
      const isFar = (label: string | undefined): boolean =>
        label !== undefined && this.#target(label, index, offsets) > reach;
      const thenIsFar = item.thenIsFar || isFar(item.then);
      const otherwiseIsFar = item.otherwiseIsFar || isFar(item.otherwise);
      widened ||= thenIsFar !== item.thenIsFar || otherwiseIsFar !== item.otherwiseIsFar;
      item.thenIsFar = thenIsFar;
      item.otherwiseIsFar = otherwiseIsFar;
    }
    return widened;
  }

  #target(label: string, fromItem: number, offsets: readonly number[]): number {
    const item = this.#labels.get(label);
    if (item === undefined) throw new Error(`label ${label} is not placed`);
    if (item <= fromItem)
      throw new Error(`label ${label} lies behind its jump; classic BPF only jumps forward`);
    if (item >= this.#items.length)
      throw new Error(`label ${label} is at the end, where nothing returns`);
    return offsets[item] ?? 0;
  }

  #encode(writer: InstructionWriter, item: Item, index: number, offsets: readonly number[]): void {
    const here = offsets[index] ?? 0;
    if (item.kind === 'plain') {
      writer.write(item.code, 0, 0, item.k);
    } else if (item.kind === 'jump') {
      writer.write(JMP_JA, 0, 0, this.#target(item.to, index, offsets) - here - 1);
    } else {
      this.#encodeBranch(writer, item, index, offsets);
    }
  }

  #encodeBranch(
    writer: InstructionWriter,
    item: Branch,
    index: number,
    offsets: readonly number[],
  ): void {
    const here = offsets[index] ?? 0;
    const next = here + sizeOf(item);
    const then = item.then === undefined ? next : this.#target(item.then, index, offsets);
    const otherwise =
      item.otherwise === undefined ? next : this.#target(item.otherwise, index, offsets);
    const otherwiseTrampoline = here + 1 + Number(item.thenIsFar);
    const jt = item.thenIsFar ? 0 : then - here - 1;
    const jf = (item.otherwiseIsFar ? otherwiseTrampoline : otherwise) - here - 1;
    writer.write(item.code, jt, jf, item.k);
    if (item.thenIsFar) writer.write(JMP_JA, 0, 0, then - here - 2);
    if (item.otherwiseIsFar) writer.write(JMP_JA, 0, 0, otherwise - otherwiseTrampoline - 1);
  }
}

class InstructionWriter {
  #position = 0;
  constructor(readonly view: DataView) {}

  write(code: number, jt: number, jf: number, k: number): void {
    this.view.setUint16(this.#position, code, true);
    this.view.setUint8(this.#position + 2, jt);
    this.view.setUint8(this.#position + 3, jf);
    this.view.setUint32(this.#position + 4, k, true);
    this.#position += 8;
  }
}

function sizeOf(item: Item): number {
  return item.kind === 'branch' ? 1 + Number(item.thenIsFar) + Number(item.otherwiseIsFar) : 1;
}
