// A machine for the tests of the client: an edu device alone in its group, and a group of two.

import { Attachment, type VfioSystem } from 'uvfio/client';
import { Machine, type MachineTask } from 'uvfio';

export const EDU = '0000:00:05.0';

export interface EduMachine {
  readonly machine: Machine;
  readonly task: MachineTask;
  readonly system: VfioSystem;
}

export function eduMachine(): EduMachine {
  const machine = new Machine({
    devices: [
      { model: 'edu', addr: EDU, group: 5 },
      { model: 'edu', addr: '0000:00:06.0', group: 6 },
      { model: 'edu', addr: '0000:00:07.0', group: 6, driver: 'host' },
    ],
  });
  const task = machine.task();
  return { machine, task, system: task };
}

/** The edu device, ready to be driven. */
export function attachEdu(): EduMachine & { readonly edu: Attachment } {
  const made = eduMachine();
  return { ...made, edu: Attachment.open(made.system, EDU) };
}
