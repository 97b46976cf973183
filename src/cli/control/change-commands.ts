/** `uvfio plug`, `unplug`, `bind`, `unbind`, `irq`: changing a machine while its programs run. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ControlClient } from '../../host/control/control-client.js';
import type { ControlEvent } from '../../machine/control/controller.js';
import { resolve } from 'node:path';
import { isModelFile } from '../../config/module-models.js';
import type { PluggedDevice } from '../../machine/hot-plug.js';
import { attempt } from '../attempt.js';
import { addMachineOption, type MachineFlags, withMachine } from './choose-machine.js';
import { showHolders } from './show-topology.js';

const ADDRESS = 'PCI address, as 0000:00:05.0 or 00:05.0';

export function addChangeCommands(program: Command): void {
  addPlug(program);
  addUnplug(program);
  addBind(program);
  addUnbind(program);
  addIrq(program);
}

function addPlug(program: Command): void {
  const command = program
    .command('plug')
    .summary('plug a device into a running machine')
    .description('Plug a device into a running machine. It is in /sys at once, bound to vfio-pci.')
    .requiredOption('-d, --device <spec>', 'the device, e.g. nvme,size=1G,addr=0000:00:08.0');
  addMachineOption(command)
    .addHelpText(
      'after',
      `
Examples:
  uvfio plug --device edu
  uvfio plug --device nvme,size=1G,addr=0000:00:08.0
  uvfio plug --device ./my-device.ts
  uvfio plug --device edu,driver=none --machine-id 1234`,
    )
    .action(async (flags: MachineFlags & { readonly device: string }) => {
      await onMachine(flags, async (machine) => {
        const device = (await machine.request('plug', {
          device: fromHere(flags.device),
        })) as PluggedDevice;
        const { address, group, driver } = device;
        const facts = [driver ?? 'no driver', ...(group === undefined ? [] : [`group ${group}`])];
        console.log(`${address}: plugged in (${facts.join(', ')})`);
      });
    });
}

/** A device whose model is a file of this folder: the machine may run in another one. */
function fromHere(spec: string): string {
  const [model = '', ...options] = spec.split(',');
  return isModelFile(model) ? [resolve(model), ...options].join(',') : spec;
}

function addUnplug(program: Command): void {
  const command = program
    .command('unplug')
    .summary('take a device out of a running machine')
    .description(
      'Take a device out of a running machine. One that is in use is asked for, as Linux does it (the REQ ' +
        'interrupt), and again every 10 seconds; it works on until its program lets go of it.',
    )
    .argument('<address>', ADDRESS)
    .option('-f, --surprise', 'pull it out at once: from then on every access finds all ones')
    .addOption(new Option('--force').implies({ surprise: true }).hideHelp());
  addMachineOption(command)
    .addHelpText(
      'after',
      `
Examples:
  uvfio unplug 0000:00:04.0
  uvfio unplug 00:04.0 --surprise

Ctrl-C ends the waiting; the removal goes on.`,
    )
    .action(async (address: string, flags: MachineFlags & { readonly surprise?: boolean }) => {
      const params = { address, surprise: flags.surprise === true };
      await leave('unplug', params, 'unplugged', flags);
    });
}

function addBind(program: Command): void {
  const command = program
    .command('bind')
    .summary('give a device of a running machine to another driver')
    .description('Bind a device to a driver, after the present one has let go of it.')
    .argument('<address>', ADDRESS)
    .argument('<driver>', 'vfio-pci, pci-stub, or any other: one that holds it and does nothing');
  addMachineOption(command)
    .addHelpText(
      'after',
      `
Examples:
  uvfio bind 0000:00:04.0 vfio-pci
  uvfio bind 00:04.0 nvme          what a program does when the kernel has the device`,
    )
    .action(async (address: string, driver: string, flags: MachineFlags) => {
      await leave('bind', { address, driver }, `bound to ${driver}`, flags);
    });
}

function addUnbind(program: Command): void {
  const command = program
    .command('unbind')
    .summary('take a device of a running machine from its driver')
    .description(
      'Unbind a device from its driver, which waits for whoever uses it, as unplugging does.',
    )
    .argument('<address>', ADDRESS);
  addMachineOption(command)
    .addHelpText('after', '\nExample:\n  uvfio unbind 0000:00:04.0')
    .action(async (address: string, flags: MachineFlags) => {
      await leave('unbind', { address }, 'unbound', flags);
    });
}

function addIrq(program: Command): void {
  const command = program
    .command('irq')
    .summary('raise an interrupt that the device did not')
    .description(
      'Raise an interrupt of the kind that the program has enabled (a spurious interrupt).',
    )
    .argument('<address>', ADDRESS)
    .argument('[vector]', 'which vector of MSI or MSI-X (default: 0)', parseVector);
  addMachineOption(command)
    .addHelpText('after', '\nExamples:\n  uvfio irq 0000:00:04.0\n  uvfio irq 00:04.0 2')
    .action(async (address: string, vector: number | undefined, flags: MachineFlags) => {
      await onMachine(flags, async (machine) => {
        await machine.request('interrupt', { address, vector: vector ?? 0 });
        console.log(`${address}: interrupt ${vector ?? 0} raised`);
      });
    });
}

function parseVector(text: string): number {
  const vector = Number(text);
  if (Number.isInteger(vector) && vector >= 0 && vector < 2048) return vector;
  throw new InvalidArgumentError('Vectors are numbered from 0 to 2047.');
}

async function onMachine(
  flags: MachineFlags,
  act: (machine: ControlClient) => Promise<void>,
): Promise<void> {
  await attempt(() => withMachine(flags, act));
}

/** The shell's status for a program that Ctrl-C ended. */
const INTERRUPTED = 130;

/** Asks for what may have to wait until a device is let go, and shows the waiting. */
async function leave(
  method: string,
  params: { readonly address: string; readonly [name: string]: unknown },
  done: string,
  flags: MachineFlags,
): Promise<void> {
  await onMachine(flags, async (machine) => {
    process.once('SIGINT', () => {
      console.log('\nno longer waiting; the removal goes on');
      process.exit(INTERRUPTED);
    });
    const startMs = Date.now();
    const answer = await machine.request(method, params, (event) => showEvent(event, startMs));
    const { address } = answer as { readonly address: string };
    console.log(`${address}: ${done}`);
  });
}

function showEvent(event: ControlEvent, startMs: number): void {
  if (event.type === 'log') {
    console.log(`  kernel: ${event.text}`);
    return;
  }
  const seconds = Math.round((Date.now() - startMs) / 1000);
  const who = event.holders.length === 0 ? 'somebody' : showHolders(event.holders);
  const since = seconds === 0 ? '' : `, for ${seconds} s now`;
  console.log(`${event.address}: in use by ${who}; waiting${since} (Ctrl-C: don't wait)`);
}
