/** `uvfio devices`: which device models there are, and what can be said of a device. */
import type { Command } from 'commander';

const EXAMPLES = `
Examples:
  uvfio devices
  uvfio devices nvme
  uvfio devices ./my-device.ts`;

/** Adds the command to the program. */
export function addDevicesCommand(program: Command): void {
  program
    .command('devices')
    .summary('list device models and their options')
    .description(
      'List the device models for --device and machine descriptions, or the options of one.',
    )
    .argument('[model]', 'a model, or a file with one of your own')
    .addHelpText('after', EXAMPLES)
    .action(async (name: string | undefined) => {
      // With the device models, it is a third of the command.
      const { listDevices } = await import('./device-list.js');
      await listDevices(name);
    });
}
