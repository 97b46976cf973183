/** Devices in one word each, added to a description: `--device edu,addr=0000:00:05.0`. */
import type { ReadDescription } from './description-text.js';
import { parseDeviceSpec } from './device-spec.js';

/**
 * The description with more devices behind its own; problems of theirs are located in their words.
 * @throws DescriptionError for what is no specification
 */
export function withDevices(
  { description, locate }: ReadDescription,
  specs: readonly string[],
): ReadDescription {
  const before = description.devices.length;
  const added = specs.map((spec) => parseDeviceSpec(spec));
  return {
    description: { ...description, devices: [...description.devices, ...added] },
    locate: (problem) => {
      const [list, index] = problem.path;
      const isAdded = list === 'devices' && typeof index === 'number' && index >= before;
      if (!isAdded) return locate(problem);
      return { place: `--device '${specs[index - before]}'`, covers: 2 };
    },
  };
}
