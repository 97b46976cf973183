/** Machines that have names: `--machine nvme`. */
import { defaultMachine } from './default-machine.js';
import type { MachineDescription } from './description.js';

/** A machine with a name. */
export interface Preset {
  /** One line for people. */
  readonly summary: string;
  readonly description: MachineDescription;
}

/** An NVMe controller behind a port of its own, as computers have theirs. */
const nvme: MachineDescription = {
  devices: [
    { model: 'root-port', addr: '0000:00:1c.0' },
    { model: 'nvme', addr: '0000:01:00.0' },
  ],
};

/** Two network cards on one cable, each behind a port of its own and in a group of its own. */
const dpdk: MachineDescription = {
  devices: [
    { model: 'root-port', addr: '0000:00:1c.0' },
    { model: 'root-port', addr: '0000:00:1c.1' },
    { model: 'igb', addr: '0000:01:00.0', net: 'lan0' },
    { model: 'igb', addr: '0000:02:00.0', net: 'lan0' },
  ],
};

export const presets: ReadonlyMap<string, Preset> = new Map([
  [
    'default',
    {
      summary: 'what there is without --machine: edu, and network cards in groups of both kinds',
      description: defaultMachine,
    },
  ],
  [
    'nvme',
    { summary: 'an NVMe controller, 0000:01:00.0, with 1 GiB in memory', description: nvme },
  ],
  [
    'dpdk',
    {
      summary: 'two Intel 82576, 0000:01:00.0 and 0000:02:00.0, with a cable from one to the other',
      description: dpdk,
    },
  ],
  [
    'demo',
    {
      summary: 'an edu device, 0000:00:03.0, and an NVMe controller, 0000:01:00.0',
      description: { devices: [{ model: 'edu', addr: '0000:00:03.0' }, ...nvme.devices] },
    },
  ],
  ['empty', { summary: 'no device but those of --device', description: { devices: [] } }],
]);
