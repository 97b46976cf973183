/**
 * What the registers of one device hold: it answers accesses to a BAR as the table says, calls what the
 * device does when registers are read and written, and keeps the memory up to date that clients have
 * mapped. It is a whole device model by itself, or part of one.
 */
import type { AccessSize } from '../config-space.js';
import type { DeviceContext, DeviceModel } from '../device-model.js';
import { RegisterMapping } from './register-mapping.js';
import {
  type FieldName,
  type Register,
  type RegisterDeclarations,
  type RegisterTable,
  type RegisterValue,
  type ResetLevel,
  readableBits,
  writableBits,
} from './register-table.js';

/** What a device does when its registers are read and written, by their names. */
export interface RegisterHooks<D extends RegisterDeclarations> {
  /** Called for each read by an access; answers with what is read. */
  readonly read?: { readonly [N in keyof D]?: (value: RegisterValue<D[N]>) => RegisterValue<D[N]> };
  /**
   * Called after each write, with what the register holds now, and as write-only bits what was written.
   * A register of 64 bits that is written in two halves is written twice.
   */
  readonly written?: {
    readonly [N in keyof D]?: (
      value: RegisterValue<D[N]>,
      registers: RegisterBank<D>,
      before: RegisterValue<D[N]>,
    ) => void;
  };
}

/** A register and what it holds. */
export interface RegisterState {
  readonly register: Register;
  readonly readable: bigint;
  value: bigint;
}

type AnyHook = (value: bigint | number, registers: unknown, before: bigint | number) => void;
type AnyReader = (value: bigint | number) => bigint | number;

export class RegisterBank<const D extends RegisterDeclarations> implements DeviceModel {
  readonly table: RegisterTable<D>;
  readonly #context: DeviceContext;
  readonly #states: ReadonlyMap<string, RegisterState>;
  readonly #readers: Readonly<Record<string, AnyReader | undefined>>;
  readonly #hooks: Readonly<Record<string, AnyHook | undefined>>;
  /** What lies in each 4 bytes, by their offset. */
  readonly #words = new Map<number, RegisterState[]>();
  readonly #mapping: RegisterMapping | undefined;

  constructor(context: DeviceContext, table: RegisterTable<D>, hooks: RegisterHooks<D> = {}) {
    this.table = table;
    this.#context = context;
    this.#readers = (hooks.read ?? {}) as Readonly<Record<string, AnyReader>>;
    this.#hooks = (hooks.written ?? {}) as Readonly<Record<string, AnyHook>>;
    this.#states = new Map(
      [...table.registers.values()].map((register) => [
        register.name,
        { register, readable: readableBits(register), value: register.reset },
      ]),
    );
    for (const state of this.#states.values()) this.#place(state);
    this.#mapping = RegisterMapping.of(context, table, this.#words, (state, value) => {
      this.#store(state, value, wholeOf(state.register));
      this.#mapping?.show();
    });
  }

  /** What a register holds. */
  get<N extends keyof D & string>(name: N): RegisterValue<D[N]> {
    const state = this.#stateOf(name);
    return exposed(state.register, state.value) as RegisterValue<D[N]>;
  }

  /** Changes a register as the device does, whatever software can do with it. */
  set<N extends keyof D & string>(name: N, value: RegisterValue<D[N]>): void {
    const state = this.#stateOf(name);
    state.value = BigInt(value) & wholeOf(state.register);
    this.#mapping?.show();
  }

  /** What a field of a register holds. */
  getField<N extends keyof D & string>(name: N, field: FieldName<D[N]>): number {
    const { register, value } = this.#stateOf(name);
    const { low, mask } = fieldOf(register, field);
    return Number((value & mask) >> BigInt(low));
  }

  /** Changes a field of a register as the device does. */
  setField<N extends keyof D & string>(name: N, field: FieldName<D[N]>, value: number): void {
    const state = this.#stateOf(name);
    const { low, mask } = fieldOf(state.register, field);
    state.value = (state.value & ~mask) | ((BigInt(value) << BigInt(low)) & mask);
    this.#mapping?.show();
  }

  /** All registers as after a reset, but those that survive it. Nothing is called. */
  reset(level: ResetLevel = 'controller'): void {
    for (const state of this.#states.values()) {
      if (!state.register.survives.includes(level)) state.value = state.register.reset;
    }
    this.#mapping?.show();
  }

  /** Takes what clients stored to mapped memory, now: before the device acts by itself. */
  look(): void {
    this.#mapping?.look();
  }

  read(bar: number, offset: number, size: AccessSize): number {
    this.#mapping?.look();
    const word = this.#wordOf(bar, offset, size);
    if (word === undefined) {
      this.#context.unmodelled({ bar, offset, size });
      return this.table.accessSizes.includes(size) ? this.#nothing(size) : 0;
    }
    let result = BigInt(this.#nothing(size));
    for (const state of word) {
      const { lanes, shift } = this.#lanesOf(state, offset, size);
      if (lanes === 0n) continue;
      result = (result & ~moved(lanes, -shift)) | moved(this.#shown(state) & lanes, -shift);
      this.#clear(state, lanes & state.register.masks.RC);
    }
    return Number(result);
  }

  write(bar: number, offset: number, size: AccessSize, value: number): void {
    this.#mapping?.look();
    const word = this.#wordOf(bar, offset, size);
    if (word === undefined) {
      this.#context.unmodelled({ bar, offset, size, value });
      return;
    }
    for (const state of word) {
      const { lanes, shift } = this.#lanesOf(state, offset, size);
      if (lanes === 0n) continue;
      const clearsUpper = !state.register.hasUpperHalf && shift === 0n;
      const reached = clearsUpper ? wholeOf(state.register) : lanes;
      this.#store(state, moved(BigInt(value >>> 0), shift) & lanes, reached);
    }
    this.#mapping?.show();
  }

  /** Bits that a read has cleared. */
  #clear(state: RegisterState, bits: bigint): void {
    if ((state.value & bits) === 0n) return;
    state.value &= ~bits;
    this.#mapping?.show();
  }

  /** Software writes to the bits that an access reaches. */
  #store(state: RegisterState, written: bigint, lanes: bigint): void {
    const { register, value: before } = state;
    const { RW, RW1C, RW1S, WO } = register.masks;
    if ((writableBits(register) & lanes) === 0n) return;
    const kept = before & ~(RW & lanes) & ~(written & RW1C & lanes);
    state.value = kept | (written & (RW | RW1S) & lanes);
    const told = state.value | (written & WO & lanes);
    this.#hooks[register.name]?.(exposed(register, told), this, exposed(register, before));
  }

  /** What a read shows of a register. */
  #shown({ register, readable, value }: RegisterState): bigint {
    const reader = this.#readers[register.name];
    const answer = reader === undefined ? value : BigInt(reader(exposed(register, value)));
    const hidden = this.table.nothing === 'ones' ? register.masks.WO : 0n;
    return (answer & readable) | hidden;
  }

  /** The bits of a register that an access reaches, and how far the access's bits are moved for it. */
  #lanesOf({ register }: RegisterState, offset: number, size: number) {
    const shift = BigInt(8 * (offset - register.offset));
    const isUnreached = !register.hasUpperHalf && shift >= 32n;
    const access = (1n << BigInt(8 * size)) - 1n;
    return { shift, lanes: isUnreached ? 0n : moved(access, shift) & wholeOf(register) };
  }

  /** What an access is about; undefined when there is nothing at all, or the access is none of the device's. */
  #wordOf(bar: number, offset: number, size: number): readonly RegisterState[] | undefined {
    const { table } = this;
    if (bar !== table.bar || offset % size !== 0 || !table.accessSizes.includes(size)) {
      return undefined;
    }
    for (let byte = offset; byte < offset + size; byte++) {
      if (table.nameOf(bar, byte) !== undefined) return this.#words.get(offset & ~3);
    }
    return undefined;
  }

  #nothing(size: number): number {
    return this.table.nothing === 'ones' ? 0xffff_ffff >>> (32 - 8 * size) : 0;
  }

  #place(state: RegisterState): void {
    const { offset, size } = state.register;
    for (let word = offset & ~3; word < offset + size; word += 4) {
      this.#words.set(word, [...(this.#words.get(word) ?? []), state]);
    }
  }

  #stateOf(name: string): RegisterState {
    const state = this.#states.get(name);
    if (state === undefined) throw new RangeError(`there is no register ${name}`);
    return state;
  }
}

function moved(bits: bigint, shift: bigint): bigint {
  return shift >= 0n ? bits << shift : bits >> -shift;
}

function wholeOf({ size }: Register): bigint {
  return (1n << BigInt(8 * size)) - 1n;
}

/** Values of registers of 64 bits are bigints, others are numbers. */
function exposed({ size }: Register, value: bigint): bigint | number {
  return size === 8 ? value : Number(value);
}

function fieldOf({ name, fields }: Register, field: string) {
  const found = fields.get(field);
  if (found === undefined) throw new RangeError(`${name} has no field ${field}`);
  return found;
}
