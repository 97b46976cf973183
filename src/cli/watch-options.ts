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

const topicNames = Object.keys(TOPICS);

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
    .option('--all-paths', 'trace: paths of sysfs that are not about VFIO, too');
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
