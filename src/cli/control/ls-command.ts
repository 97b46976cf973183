/** `uvfio ls`: the machines that run, and what is in them. */
import type { Command } from 'commander';
import { ControlError } from '../../host/control/control-protocol.js';
import { attempt } from '../attempt.js';
import { addMachineOption, type MachineFlags } from './choose-machine.js';
import { showMachine } from './show-topology.js';
import { topologies } from './topologies.js';

interface LsFlags extends MachineFlags {
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  uvfio ls
  uvfio ls --json | jq '.[].topology.devices[].address'

Shown are the machines of this user, and for root those of everybody.`;

export function addLsCommand(program: Command): void {
  const command = program
    .command('ls')
    .summary('show running machines: groups, devices, drivers, who holds what')
    .description('Show the machines that run now, each as a tree of groups and devices.')
    .option('--json', 'as JSON, for programs');
  addMachineOption(command)
    .addHelpText('after', EXAMPLES)
    .action(async (flags: LsFlags) => await attempt(() => list(flags)));
}

async function list({ json = false, machineId }: LsFlags): Promise<void> {
  const all = await topologies();
  const machines = all.filter(
    ({ machine }) => machineId === undefined || machine.pid === machineId,
  );
  if (machineId !== undefined && machines.length === 0) {
    throw new ControlError('no-machine', `there is no machine ${machineId}`);
  }
  if (json) {
    console.log(JSON.stringify(machines, undefined, 2));
    return;
  }
  if (machines.length === 0) console.log('no machine is running');
  for (const { machine, topology } of machines) {
    console.log(showMachine(machine, topology, Date.now()).join('\n'));
  }
}
