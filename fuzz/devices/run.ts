/** One run: a device, and a sequence of actions that its seed decides. */
import type { DeviceModelFactory } from '../../src/pci/device-model.js';
import { actionsFor } from './actions.js';
import { FuzzedDevice } from './fuzzed-device.js';
import { Random } from './random.js';
import type { Vocabulary } from './vocabulary.js';

/** Actions of a run. */
export const STEPS = 300;

/** A run that found something. */
export class Finding extends Error {
  override readonly name = 'Finding';
  readonly seed: number;

  constructor(seed: number, step: number, last: readonly string[], cause: unknown) {
    const lines = last.map((action) => `  ${action}`).join('\n');
    const what = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    super(`seed ${seed}, step ${step}: ${what}\nthe last actions:\n${lines}`, { cause });
    this.seed = seed;
  }
}

/**
 * Does what the seed says, resets the device, and looks whether it works.
 * @returns what the device said, as one number: the same for the same seed
 * @throws Finding
 */
export function run(factory: DeviceModelFactory, vocabulary: Vocabulary, seed: number): number {
  const random = new Random(seed);
  const options = vocabulary.options === undefined ? {} : random.pick(vocabulary.options);
  const device = new FuzzedDevice(factory, options);
  let step = 0;
  try {
    const actions = actionsFor(vocabulary);
    for (step = 1; step <= STEPS; step++) {
      device.beginStep();
      random.pick(actions)(device, random);
    }
    device.say('reset, and see whether it works');
    device.useInterrupts('none', 0);
    device.reset('power-on');
    device.wake();
    device.beginStep();
    vocabulary.works?.(device);
    return device.digest;
  } catch (error) {
    throw new Finding(seed, step, device.last, error);
  }
}
