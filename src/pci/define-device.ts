/** Defining a kind of device: its options with their types, and what a device of it looks like. */
import type { DeviceModelFactory, FunctionDescription } from './device-model.js';
import { PLACEMENT_OPTIONS, place } from './device-options.js';
import { type OptionSet, type OptionValues, readOptions } from './option.js';
import type { RegisterTable } from './registers/register-table.js';

/** Who knows names of registers: a `RegisterTable`. */
type RegisterNames = Pick<RegisterTable, 'nameOf'>;

/** A kind of device, as its author writes it. */
export interface DeviceDefinition<O extends OptionSet> {
  /** What it is called in messages: `adder`. */
  readonly name: string;
  /** One line for people: what it is. */
  readonly summary: string;
  /** Its options, by name. Those of the place (`slot`, `addresses`, …) are there by themselves. */
  readonly options?: O;
  /** Its registers, by which traces call them. Default: none are known. */
  readonly registers?: RegisterNames | readonly RegisterNames[];
  /**
   * Describes one device of the kind.
   * @throws DeviceOptionError for options that do not go together
   */
  describe(options: OptionValues<O>): Omit<FunctionDescription, 'model'>;
}

/**
 * A device model, for machines to have: `new Machine({ devices: [{ model }] })`, or as the default export
 * of a module that is named on the command line.
 *
 * @example
 * export default defineDevice({
 *   name: 'adder',
 *   summary: 'adds up what is written to it',
 *   options: { start: option.number({ summary: 'the sum at first', default: 0 }) },
 *   describe: ({ start }) => ({ identity: { vendor: 0x1234, device: 0xadd, class: 0xff0000 }, … }),
 * });
 */
export function defineDevice<const O extends OptionSet = Record<never, never>>(
  definition: DeviceDefinition<O>,
): DeviceModelFactory {
  const { name, summary, options, registers = [] } = definition;
  const tables = [registers].flat();
  const declared = options ?? ({} as O);
  const lines = Object.entries(declared).map(([key, { summary: line }]) => [key, line]);
  return Object.freeze({
    name,
    summary,
    options: { ...Object.fromEntries(lines), ...PLACEMENT_OPTIONS },
    registerName: (bar, offset) =>
      tables.map((table) => table.nameOf(bar, offset)).find((found) => found !== undefined),
    describe: (given) => {
      const description = definition.describe(readOptions(declared, given));
      return place({ ...description, model: name }, given);
    },
  } satisfies DeviceModelFactory);
}
