#!/usr/bin/env node
/** The file that `uvfio` starts with: begins with what takes longest, then loads the command. */
import { prepareMachineThread } from '../host/machine-thread.js';

const NEEDS_MACHINE = ['run', 'trace'];
const HELP = [undefined, '-h', '--help'];

const [command = '', first] = process.argv.slice(2);
if (NEEDS_MACHINE.includes(command) && !HELP.includes(first)) prepareMachineThread();
await import('./main.js');
