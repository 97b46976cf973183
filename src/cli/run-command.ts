/** `uvfio run`: starts a program on a machine and ends as the program does. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { presets } from '../machine/presets.js';
import { MachineError, runProgram } from '../host/run-program.js';
import { SpawnError } from '../host/native/launcher.js';
import type { ProgramExit } from '../host/native/launcher-protocol.js';
import { NativeCallError } from '../host/native/native-buffer.unsafe.js';
import { UnsupportedPlatformError } from '../host/native/platform.js';
import { parseNumber } from '../pci/device-options.js';
import type { FaultReport } from '../machine/faults/faults.js';
import { endText, seedFor, startText } from './fault-text.js';
import { RecordingError } from '../recording/index.js';
import { OutputError } from '../inspector/line-output.js';
import { endAs, endWith, NOT_STARTED } from './exit.js';
import { forwardSignals } from './signals.js';
import type { Watch } from './watch.js';
import { addFilterOptions, addReportOptions, isWatched, type WatchFlags } from './watch-options.js';

export interface RunFlags extends WatchFlags {
  readonly device: readonly string[];
  readonly net: readonly string[];
  readonly machine?: string;
  readonly firstDescriptor?: number;
  readonly memlock?: number;
  readonly fault: readonly string[];
  readonly seed?: number;
  readonly verbose?: boolean;
}

/** Levels of what users are told without `--verbose`. */
const ALWAYS_SHOWN: readonly string[] = ['BUG', 'defect', 'notice'];

const EXAMPLES = `
Examples:
  uvfio run -- lspci -nnk
  uvfio run --device edu,addr=0000:00:05.0 -- ./my-vfio-program 0000:00:05.0
  uvfio run --device ./my-device.ts -- ./my-driver
  uvfio run --machine machine.yaml -- make test
  uvfio run --trace=trace.txt -- ./my-driver
  uvfio run --record bug.uvfio -- ./my-driver
  uvfio run --fault map_dma:ENOMEM@3 --fault irq:lost:5% -- ./my-driver
  uvfio run --machine nvme -- qemu-img info nvme://0000:01:00.0/1

Without --machine it is that of uvfio.config.yaml (or .ts, .js, .json) in the
working folder or above it in the repository; without one, and without
--device, it is the preset "default".
The exit status is the program's; 126 and 127 mean that it could not be started,
125 that uvfio itself could not.`;

/** The end of a program that did well itself, and in which `--strict` has found something. */
const FAILED: ProgramExit = { code: 1, signal: null };

/** Adds the command to the program. */
export function addRunCommand(program: Command): void {
  const command = program
    .command('run')
    .summary('run a program on a machine')
    .description(
      'Run a program, unmodified and without privileges, on a machine with the devices asked for.',
    );
  addProgramOptions(command)
    .option(
      '--trace [file]',
      'tell what the program does with VFIO (see uvfio trace), here or in a file',
    )
    .option('--report', 'say at the end what the program did wrong with VFIO');
  addReportOptions(command);
  addFilterOptions(command);
  command.addHelpText('after', EXAMPLES).action(run);
}

/** What it takes to run a program: the program itself, and the machine. */
export function addProgramOptions(command: Command): Command {
  return command
    .usage('[options] -- PROGRAM [ARGUMENTS...]')
    .argument('<program>', 'the program to run')
    .argument('[arguments...]', 'its arguments')
    .option('-d, --device <spec>', 'a device, e.g. edu,addr=0000:00:05.0 (repeatable)', collect, [])
    .option(
      '-n, --net <spec>',
      'a network, e.g. lan0,latency=1ms,capture=lan0.pcap (repeatable)',
      collect,
      [],
    )
    .option(
      '-m, --machine <name>',
      `a machine description (YAML, JSON, TypeScript, JavaScript), or a preset: ${[...presets.keys()].join(', ')}`,
    )
    .option(
      '--first-descriptor <number>',
      'the lowest descriptor number that /dev/vfio and device files get (default: 512)',
      parseDescriptor,
    )
    .option(
      '--memlock <size>',
      'memory that programs may lock for DMA, such as 4G, or unlimited (default: RLIMIT_MEMLOCK)',
      parseMemlock,
    )
    .option(
      '-f, --fault <spec>',
      'a fault on purpose, e.g. map_dma:ENOMEM@3 or alloc:5% (repeatable; `uvfio help fault`)',
      collect,
      [],
    )
    .option('--record <file>', 'record the session, for uvfio replay')
    .option('--seed <number>', 'repeats the random faults of an earlier run', parseSeed)
    .option('-v, --verbose', "print the machine's kernel log to standard error")
    .passThroughOptions();
}

function collect(value: string, all: readonly string[]): string[] {
  return [...all, value];
}

/** Below are those through which the threads of uvfio itself speak while the program is started. */
const LOWEST_DESCRIPTOR = 32;
const HIGHEST_DESCRIPTOR = 2048;

function parseDescriptor(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= LOWEST_DESCRIPTOR && number <= HIGHEST_DESCRIPTOR) {
    return number;
  }
  throw new InvalidArgumentError(
    `Take a number from ${LOWEST_DESCRIPTOR} to ${HIGHEST_DESCRIPTOR}.`,
  );
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32) return seed;
  throw new InvalidArgumentError('Take a number from 0 to 4294967295.');
}

function parseMemlock(text: string): number {
  const bytes = text === 'unlimited' ? Infinity : parseNumber(text);
  if (bytes !== undefined) return bytes;
  throw new InvalidArgumentError('Take a size such as 512M or 4G, or unlimited.');
}

/** Runs a program and ends as it does. */
export async function run(file: string, args: readonly string[], flags: RunFlags): Promise<void> {
  const signals = forwardSignals();
  const seed = seedFor(flags.fault, flags.seed);
  let faults: FaultReport | undefined;
  let hasLeftRunning = false;
  try {
    const watch = isWatched(flags) ? await watchFor(flags, [file, ...args]) : undefined;
    const exit = await runProgram({
      machine: {
        devices: flags.device,
        networks: flags.net,
        ...(flags.machine === undefined ? {} : { machine: flags.machine }),
        faults: flags.fault,
        ...(seed === undefined ? {} : { faultSeed: seed }),
      },
      file,
      args,
      ...(flags.firstDescriptor === undefined ? {} : { firstDescriptor: flags.firstDescriptor }),
      ...(flags.memlock === undefined ? {} : { memlockLimit: flags.memlock }),
      ...(watch?.recording === undefined ? {} : { recording: watch.recording }),
      onAsked: (mind) => signals.onAsked(mind),
      onStart: (pid) => signals.to(pid),
      onLeftRunning: () => {
        hasLeftRunning = true;
      },
      onFaults: (when, report) => {
        if (when === 'start') process.stderr.write(`uvfio: ${startText(report)}\n`);
        else faults = report;
      },
      onLog: (level, text) => {
        const isWanted = flags.verbose === true || ALWAYS_SHOWN.includes(level);
        if (isWanted) process.stderr.write(`uvfio: ${level}: ${text}\n`);
      },
    });
    signals.stop();
    const wasKilled = exit.signal !== null || hasLeftRunning;
    const isPassed = watch?.end({ wasKilled }) ?? true;
    if (faults !== undefined) process.stderr.write(`uvfio: ${endText(faults)}\n`);
    endAs(isPassed || exit.code !== 0 ? exit : FAILED);
  } catch (error) {
    const [status, message] = explain(error, file);
    process.stderr.write(`uvfio: ${message}\n`);
    endWith(status);
  }
}

/** Loaded only where it is needed: it would be a part of what a program waits for. */
async function watchFor(flags: WatchFlags, program: readonly string[]): Promise<Watch> {
  const { Watch } = await import('./watch.js');
  return new Watch(flags, program);
}

/** The exit status and the one line for what kept a program from running. */
function explain(error: unknown, file: string): [status: number, message: string] {
  if (error instanceof OutputError || error instanceof RecordingError) {
    return [NOT_STARTED, error.message];
  }
  if (error instanceof MachineError) return [NOT_STARTED, error.message];
  if (error instanceof UnsupportedPlatformError) return [NOT_STARTED, error.message];
  if (error instanceof SpawnError) {
    // A folder of PATH that may not be searched makes exec say EACCES, whatever is in the others.
    if (!isOnPath(file)) return [127, `${file || "''"}: program not found`];
    if (error.code === 'ENOENT') {
      return [127, `${file}: the interpreter that runs it, or its loader, is not there`];
    }
    if (error.code === 'EACCES') return [126, `${file}: not executable (permission denied)`];
    return [126, `${file}: cannot be started: ${error.code}`];
  }
  if (error instanceof NativeCallError) return [NOT_STARTED, explainNative(error)];
  throw error;
}

/** Whether a file of this name is where exec looks for it. */
function isOnPath(file: string): boolean {
  if (file === '') return false;
  if (file.includes('/')) return existsSync(file);
  const folders = (process.env['PATH'] ?? '').split(':');
  return folders.some((folder) => existsSync(join(folder, file)));
}

const EBUSY = 16;
const EINVAL = 22;
const ENOSYS = 38;
const EPERM = 1;

function explainNative(error: NativeCallError): string {
  if (error.call.startsWith('seccomp')) {
    if (error.errno === EBUSY) {
      return 'a program that supervises system calls is already in charge here (uvfio inside uvfio does not work)';
    }
    if (error.errno === EINVAL || error.errno === ENOSYS) {
      return 'this kernel has no seccomp user notification; Linux 5.14 or newer with CONFIG_SECCOMP_FILTER is needed, 6.6 or newer is fastest';
    }
    if (error.errno === EPERM)
      return 'seccomp filters are forbidden here, by a container or security module';
  }
  return `${error.call} failed with errno ${error.errno}`;
}
