// Arguments of an operation, with the types the format gives them.
import { isObject, type Json, type JsonObject, TraceError } from './trace.js';

export class OperationArguments {
  readonly #operation: JsonObject;

  constructor(operation: JsonObject) {
    this.#operation = operation;
  }

  has(name: string): boolean {
    return this.#operation[name] !== undefined;
  }

  value(name: string): Json | undefined {
    return this.#operation[name];
  }

  text(name: string): string {
    const value = this.#operation[name];
    if (typeof value !== 'string') throw this.#wrong(name, 'a string');
    return value;
  }

  /** A text, if there is one: null is as good as nothing. */
  optionalText(name: string): string | undefined {
    return this.value(name) === null || !this.has(name) ? undefined : this.text(name);
  }

  integer(name: string, standard?: number): number {
    const value = this.#operation[name] ?? standard;
    if (typeof value !== 'number' || !Number.isSafeInteger(value))
      throw this.#wrong(name, 'an integer');
    return value;
  }

  flag(name: string): boolean {
    return this.#operation[name] === true;
  }

  object(name: string): JsonObject {
    const value = this.#operation[name] ?? {};
    if (!isObject(value)) throw this.#wrong(name, 'an object');
    return value;
  }

  optional(name: string): OperationArguments | undefined {
    return this.has(name) ? new OperationArguments(this.object(name)) : undefined;
  }

  texts(name: string): string[] {
    const value = this.#operation[name] ?? [];
    if (!Array.isArray(value)) throw this.#wrong(name, 'a list');
    return value.map(String);
  }

  /** An object from decimal keys to integers, as a map. */
  answers(name: string): Map<string, number> {
    const answers = new Map<string, number>();
    for (const [key, value] of Object.entries(this.object(name))) {
      if (typeof value !== 'number') throw this.#wrong(`${name}.${key}`, 'an integer');
      answers.set(key, value);
    }
    return answers;
  }

  #wrong(name: string, wanted: string): TraceError {
    const value = JSON.stringify(this.#operation[name]) ?? 'missing';
    return new TraceError(`"${name}" has to be ${wanted}, but is ${value}`);
  }
}
