/** What a fuzzer has to know of a model, to say more than noise to it. */
import type { DeviceOptions } from '../../src/pci/device-model.js';
import type { FuzzedDevice } from './fuzzed-device.js';
import type { Random } from './random.js';

/** Does something to the device, and first tells people what (`device.say`). */
export type Action = (device: FuzzedDevice, random: Random) => void;

export interface Vocabulary {
  /** Options to choose from. Default: none. */
  readonly options?: readonly [DeviceOptions, ...DeviceOptions[]];
  /** Offsets that registers are at, by BAR; others are touched too, less often. */
  readonly registers?: Readonly<Record<number, readonly [number, ...number[]]>>;
  /** Values that mean something to it. */
  readonly values?: readonly [number, ...number[]];
  /** What drivers do as a whole: commands, descriptors. */
  readonly actions?: readonly [Action, ...Action[]];
  /** Brings up a device that was reset, and uses it. @throws when it does not work */
  readonly works?: (device: FuzzedDevice) => void;
}
