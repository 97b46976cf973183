/** Which of the running machines a command is about. */
import { type Command, InvalidArgumentError } from 'commander';
import type { About } from '../../host/control/control-protocol.js';
import { ControlError } from '../../host/control/control-protocol.js';
import { ControlClient } from '../../host/control/control-client.js';

export interface MachineFlags {
  readonly machineId?: number;
}

/** Adds the option that says which. */
export function addMachineOption(command: Command): Command {
  return command.option(
    '-i, --machine-id <pid>',
    'which machine, by the process of its `uvfio run` (not needed when there is one)',
    (text) => {
      const pid = Number(text);
      if (Number.isInteger(pid) && pid > 0) return pid;
      throw new InvalidArgumentError('Take the number that `uvfio ls` shows.');
    },
  );
}

/**
 * Does something with the machine that was chosen, or the only one.
 * @throws ControlError when there is none, or several and none was chosen
 */
export async function withMachine<T>(
  { machineId }: MachineFlags,
  act: (machine: ControlClient) => Promise<T>,
): Promise<T> {
  const all = await ControlClient.connectAll();
  try {
    return await act(choose(all, machineId));
  } finally {
    for (const one of all) one.close();
  }
}

function choose(all: readonly ControlClient[], pid: number | undefined): ControlClient {
  const list = all.map(({ about }) => `  ${title(about)}`).join('\n');
  const chosen = pid === undefined ? all : all.filter(({ about }) => about.pid === pid);
  const [only] = chosen;
  if (all.length === 0) {
    const fix = 'start one with `uvfio run -- PROGRAM` in another terminal';
    throw new ControlError('no-machine', `no machine of yours is running: ${fix}`);
  }
  if (only === undefined) {
    throw new ControlError('no-machine', `there is no machine ${pid}; running are\n${list}`);
  }
  if (chosen.length > 1) {
    const text = 'several machines are running: choose one with --machine-id';
    throw new ControlError('ambiguous', `${text}\n${list}`);
  }
  return only;
}

/** `1234  qemu-img bench nvme://0000:00:04.0/1` */
export function title({ pid, command }: About): string {
  return `${pid}  ${command.join(' ')}`;
}
