/** `uvfio capture`: describes devices of this computer, so that others can have their like in a machine. */
import type { Command } from 'commander';
import { writeFileSync } from 'node:fs';
import { captureMachine } from './capture/captured-machine.js';
import { CaptureError } from './capture/capture-error.js';
import { machineText } from './capture/machine-text.js';

interface CaptureFlags {
  readonly output?: string;
  readonly rom?: boolean;
}

const EXAMPLES = `
Examples:
  sudo uvfio capture 0000:01:00.0 --output nvme.yaml
  uvfio run --machine nvme.yaml -- lspci -vv

Bridges above a device are captured with it. Nothing of the computer is changed.`;

/** Adds the command to the program. */
export function addCaptureCommand(program: Command): void {
  program
    .command('capture')
    .summary('describe a PCI device of this computer')
    .description(
      'Write a machine description with inert likenesses of PCI devices of this computer: configuration space, BARs, ROM.',
    )
    .argument('<address...>', 'PCI addresses, such as 0000:01:00.0')
    .option('-o, --output <file>', 'where to write it (default: standard output)')
    .option('--rom', 'read the expansion ROM too, which switches it on for a moment')
    .addHelpText('after', EXAMPLES)
    .action(capture);
}

function capture(addresses: readonly string[], { output, rom = false }: CaptureFlags): void {
  try {
    const text = machineText(captureMachine(addresses, rom));
    if (output === undefined) process.stdout.write(text);
    else writeFileSync(output, text);
  } catch (error) {
    if (!isExpected(error)) throw error;
    process.stderr.write(`uvfio: ${error.message}\n`);
    process.exitCode = 1;
  }
}

/** What is not a defect of uvfio: a device that can't be captured, a file that can't be read or written. */
function isExpected(error: unknown): error is Error {
  return error instanceof CaptureError || (error instanceof Error && 'syscall' in error);
}
