/** Devices and networks in one word each, added to a description: `--device edu,addr=0000:00:05.0`. */
import type { DescriptionProblem, Location } from './description-error.js';
import type { ReadDescription } from './description-text.js';
import { parseDeviceSpec } from './device-spec.js';
import { parseNetworkSpec } from './network-spec.js';

/** What a command line adds. */
export interface Additions {
  readonly devices?: readonly string[];
  readonly networks?: readonly string[];
}

/**
 * The description with more devices and networks behind its own; problems of theirs are located in
 * their words.
 * @throws DescriptionError for what is no specification
 */
export function withAdditions(
  { description, locate }: ReadDescription,
  { devices = [], networks = [] }: Additions,
): ReadDescription {
  const { networks: described = [] } = description;
  const located = [
    locateAdded('devices', '--device', description.devices.length, devices),
    locateAdded('networks', '--net', described.length, networks),
  ];
  return {
    description: {
      ...description,
      devices: [...description.devices, ...devices.map((spec) => parseDeviceSpec(spec))],
      networks: [...described, ...networks.map((spec) => parseNetworkSpec(spec))],
    },
    locate: (problem) => located.map((at) => at(problem)).find(Boolean) ?? locate(problem),
  };
}

/** Where in the command line a problem of something added is; undefined when it is of nothing added. */
function locateAdded(
  list: string,
  option: string,
  before: number,
  specs: readonly string[],
): (problem: DescriptionProblem) => Location | undefined {
  return ({ path: [first, index] }) => {
    const spec = first === list && typeof index === 'number' ? specs[index - before] : undefined;
    return spec === undefined ? undefined : { place: `${option} '${spec}'`, covers: 2 };
  };
}
