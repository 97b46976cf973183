/** Options of `run` and `trace` by which a session is looked at. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Topic, TOPICS } from '../inspector/trace/filter.js';
import { didYouMean } from '../machine/did-you-mean.js';
import { formatPciAddress, parsePciAddress } from '../pci/pci-address.js';

export interface WatchFlags {
  /** To standard error, or to a file. */
  readonly trace?: true | string;
  readonly json?: boolean;
  readonly summary?: boolean;
  readonly only?: readonly Topic[];
  readonly on?: readonly string[];
  readonly errors?: boolean;
  readonly allPaths?: boolean;
  readonly report?: boolean;
  readonly strict?: boolean;
  /** A file that a replay can be made from. */
  readonly record?: string;
}

/** Whether a session is looked at, or recorded. */
export function isWatched({ trace, summary, report, strict, record }: WatchFlags): boolean {
  return trace !== undefined || record !== undefined || [summary, report, strict].includes(true);
}

const topicNames = Object.keys(TOPICS);

/** By flag: what says which part of a trace is shown. */
const FILTERS: Readonly<Record<string, keyof WatchFlags>> = {
  '--only': 'only',
  '--on': 'on',
  '--errors': 'errors',
  '--all-paths': 'allPaths',
};

/** Options that say what of a trace is shown. */
export function addFilterOptions(command: Command): Command {
  return command
    .option('--json', 'trace: a line of JSON for each call and event')
    .option('-c, --summary', 'trace: only a table at the end, of calls with times and errors')
    .option(
      '--only <topics>',
      `trace: only these, separated by commas: ${topicNames.join(', ')}`,
      parseTopics,
    )
    .addOption(
      new Option('--on <address>', 'trace: only this device (repeatable)').argParser(
        (value: string, all: readonly string[] = []) => [...all, parseAddress(value)],
      ),
    )
    .option('--errors', 'trace: only what failed')
    .option('--all-paths', 'trace: paths of sysfs that are not about VFIO, too')
    .hook('preAction', refuseWithoutTrace);
}

/** Where a trace has to be asked for, what says which part of it is shown does nothing alone. */
function refuseWithoutTrace(command: Command): void {
  const flags: WatchFlags = command.opts();
  const isAlwaysTraced = command.options.every(({ long }) => long !== '--trace');
  if (isAlwaysTraced || flags.trace !== undefined || flags.summary === true) return;
  const filter = Object.entries(FILTERS).find(([, name]) => flags[name] !== undefined);
  if (filter !== undefined) {
    command.error(`uvfio: ${filter[0]} says which part of a trace is shown: add --trace`);
  }
  if (flags.json === true && flags.report !== true && flags.strict !== true) {
    command.error('uvfio: --json says how a trace or report is written: add --trace or --report');
  }
}

/** What is said at the end. */
export function addReportOptions(command: Command): Command {
  return command.option('--strict', 'fail, with status 1, when the report finds something');
}

function parseTopics(text: string): Topic[] {
  return text.split(',').map((name) => {
    if (isTopic(name)) return name;
    const fix = didYouMean(name, topicNames) ?? `take some of ${topicNames.join(', ')}.`;
    throw new InvalidArgumentError(`There is no '${name}': ${fix}`);
  });
}

/** As devices are called everywhere, whatever was left out. */
function parseAddress(text: string): string {
  const address = parsePciAddress(text);
  if (address !== undefined) return formatPciAddress(address);
  throw new InvalidArgumentError('Take an address such as 0000:01:00.0 or 01:00.0.');
}

function isTopic(name: string): name is Topic {
  return topicNames.includes(name);
}
