/** The machine that somebody chose on a command line: a file, single devices, both, or neither. */
import { deviceModels } from '../devices/index.js';
import type { DeviceDescription, MachineDescription } from './description.js';
import { DescriptionError, type Locate } from './description-error.js';
import { readDescription } from './description-text.js';
import { defaultMachine } from './default-machine.js';
import { parseDeviceSpec } from './device-spec.js';
import { MachinePlan } from './machine-plan.js';

export interface MachineChoice {
  /** Path of a description in YAML or JSON. */
  readonly file?: string;
  /** Devices in one word each, added to those of the file. */
  readonly devices?: readonly string[];
}

/**
 * The plan of the machine that was chosen; the default machine for neither file nor devices.
 * @param readText reads the file
 * @throws DescriptionError, a line for each problem
 */
export function loadDescription(
  choice: MachineChoice,
  readText: (path: string) => string,
): MachinePlan {
  const { file, devices = [] } = choice;
  if (file === undefined && devices.length === 0) {
    return new MachinePlan(defaultMachine, deviceModels);
  }
  const { description, locate } =
    file === undefined ? empty : readDescription(textOf(file, readText), file);
  const added = devices.map((spec): DeviceDescription => parseDeviceSpec(spec));
  const before = description.devices.length;
  const whole = { ...description, devices: [...description.devices, ...added] };
  return new MachinePlan(whole, deviceModels, (problem) => {
    const [list, index] = problem.path;
    const isAdded = list === 'devices' && typeof index === 'number' && index >= before;
    if (!isAdded) return locate(problem);
    return { place: `--device '${devices[index - before]}'`, covers: 2 };
  });
}

const empty: { description: MachineDescription; locate: Locate } = {
  description: { devices: [] },
  locate: () => undefined,
};

function textOf(file: string, readText: (path: string) => string): string {
  try {
    return readText(file);
  } catch (error) {
    const text = `the machine can't be read: ${error instanceof Error ? error.message : error}`;
    throw new DescriptionError([{ path: [], text }], () => ({ place: file }));
  }
}
