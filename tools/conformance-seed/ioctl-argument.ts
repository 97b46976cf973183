// The third argument of an ioctl: a number, or a pointer to an object in user memory.
import type { TraceMachine } from './machine.js';
import type { OperationArguments } from './operation-arguments.js';
import { isObject, type Json, type JsonObject, TraceError } from './trace.js';

/** An argument in place for one call. */
export interface PlacedArgument {
  /** What the call gets: the number, or the address. */
  readonly value: number;
  /**
   * Takes the object out of user memory. Returns what is there as a status struct if the core has
   * written to it: it says so, or the bytes do.
   */
  takeOut(isWritten: boolean): Json | undefined;
}

/** What the flags of a status struct are before the call: nothing the core would write. */
const UNSPECIFIED_FLAGS = 0xa5a5a5a5;

/** User memory is valid for exactly the object, and only during the call. */
export function placeArgument(machine: TraceMachine, args: OperationArguments): PlacedArgument {
  const given = args.value('arg') ?? 0;
  if (!isObject(given)) return { value: args.integer('arg', 0), takeOut: () => undefined };
  const bytes = bytesOf(machine, given);
  const before = bytes.slice();
  const address = machine.memory.map(bytes);
  return {
    value: address,
    takeOut(isWritten) {
      machine.memory.unmap(address);
      const isChanged = bytes.some((byte, index) => byte !== before[index]);
      return isWritten || isChanged ? statusIn(bytes) : undefined;
    },
  };
}

function bytesOf(machine: TraceMachine, object: JsonObject): Uint8Array {
  const { argsz, int, fd, str, repeat } = object;
  if (typeof argsz === 'number') return words(argsz, UNSPECIFIED_FLAGS);
  if (typeof int === 'number') return words(int);
  if (typeof fd === 'string') return words(machine.files.get(fd).fd);
  if (typeof str === 'string') {
    const text = str.repeat(typeof repeat === 'number' ? repeat : 1);
    return new TextEncoder().encode(`${text}\0`);
  }
  throw new TraceError(`"arg" is of no known kind: ${JSON.stringify(object)}`);
}

function words(...values: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

function statusIn(bytes: Uint8Array): Json {
  const [argsz = 0, flags = 0] = new Uint32Array(bytes.slice(0, 8).buffer);
  return { argsz, flags };
}
