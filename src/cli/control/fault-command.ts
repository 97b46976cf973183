/** `uvfio fault`: sets and removes faults in a running machine. */
import { type Command, InvalidArgumentError } from 'commander';
import { FAULT_POINTS } from '../../machine/faults/fault-point.js';
import type { FaultState } from '../../machine/faults/fault-rule.js';
import type { FaultReport } from '../../machine/faults/faults.js';
import { attempt } from '../attempt.js';
import { stateText } from '../fault-text.js';
import { addMachineOption, type MachineFlags, withMachine } from './choose-machine.js';

const SPECS = `
A fault is PLACE:WHAT@WHEN, followed by options after commas:
  map_dma:ENOMEM@3               the third mapping fails
  get_device_fd:EMFILE           each fails
  map_dma:EIO:10%                one in ten fails, as chance has it (--seed repeats it)
  set_irqs:delay=50ms@2+         from the second on, each takes 50 ms longer
  alloc:5%                       allocations of the kernel fail
  dma:fault@7,device=00:04.0     the seventh DMA of that device is a fault
  irq:lost:1%                    interrupts get lost; irq:spurious, irq:delay=20ms
  register:stuck=0,offset=0x1c   a register always reads 0
  device:gone@200                pulled out after 200 operations

WHEN is @3, @3+ (from then on), @3-5, or a share such as 5%; without it, always.

Places:
${placeList()}`;

const EXAMPLES = `${SPECS}

Examples:
  uvfio fault add map_dma:ENOMEM
  uvfio fault list
  uvfio fault remove 1
  uvfio fault remove all`;

export function addFaultCommand(program: Command): void {
  const fault = program
    .command('fault')
    .summary('make calls, kernel and devices of a running machine fail on purpose')
    .description(
      'Set and remove faults in a running machine; `uvfio run --fault` sets them from the start.',
    )
    .addHelpText('after', EXAMPLES);
  addMachineOption(fault.command('add').description('set a fault').argument('<spec...>', 'faults'))
    .addHelpText('after', SPECS)
    .action(async (specs: readonly string[], flags: MachineFlags) => {
      await attempt(() =>
        withMachine(flags, async (machine) => {
          for (const spec of specs) {
            const { id } = (await machine.request('fault.add', { spec })) as FaultState;
            console.log(`fault ${id}: ${spec}`);
          }
        }),
      );
    });
  addMachineOption(fault.command('list').description('show what is set, and how often it struck'))
    .addHelpText('after', '\nExample:\n  uvfio fault list')
    .action(async (flags: MachineFlags) => {
      await attempt(() =>
        withMachine(flags, async (machine) => {
          const { faults } = (await machine.request('fault.list')) as FaultReport;
          if (faults.length === 0) console.log('no fault is set');
          for (const state of faults) console.log(`${state.id}  ${stateText(state)}`);
        }),
      );
    });
  addMachineOption(
    fault
      .command('remove')
      .description('remove a fault')
      .argument('<number>', 'its number, or all', parseId),
  )
    .addHelpText('after', '\nExamples:\n  uvfio fault remove 1\n  uvfio fault remove all')
    .action(async (id: number | 'all', flags: MachineFlags) => {
      await attempt(() =>
        withMachine(flags, async (machine) => {
          await machine.request('fault.remove', id === 'all' ? {} : { id });
        }),
      );
    });
}

function parseId(text: string): number | 'all' {
  if (text === 'all') return text;
  const id = Number(text);
  if (Number.isInteger(id) && id > 0) return id;
  throw new InvalidArgumentError('Take a number that `uvfio fault list` shows, or all.');
}

function placeList(): string {
  const points = [...FAULT_POINTS.values()];
  const width = Math.max(...points.map(({ name }) => name.length));
  return points.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join('\n');
}
