/** What could stand where the cursor is: commands, options, and what can be said for them. */
import type { Argument, Command, Option } from 'commander';
import { deviceModels } from '../../devices/index.js';
import { TOPICS } from '../../inspector/trace/filter.js';
import { FAULT_POINTS } from '../../machine/faults/fault-point.js';
import { presets } from '../../machine/presets.js';
import { Errno } from '../../uapi/errno.js';
import { topologies } from '../control/topologies.js';

/** Keys of a device beside the options of its model. */
const DEVICE_KEYS = ['addr', 'driver', 'group'];
const DRIVERS = ['vfio-pci', 'pci-stub'];

/**
 * The candidates for the last word of a command line, files not among them.
 * @param words what stands after `uvfio`; the last is the one that is being written
 */
export async function candidates(program: Command, words: readonly string[]): Promise<string[]> {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  // What follows is another program's.
  if (before.includes('--')) return [];
  const { command, rest } = commandOf(program, before);
  const all = await allFor({ program, command, rest, before, current });
  return [...new Set(all)].filter((candidate) => candidate.startsWith(current));
}

interface Place {
  readonly program: Command;
  readonly command: Command;
  /** Arguments so far. */
  readonly rest: readonly string[];
  /** Words before the one that is being written. */
  readonly before: readonly string[];
  readonly current: string;
}

/** What could stand there, whatever it begins with. */
async function allFor({ program, command, rest, before, current }: Place): Promise<string[]> {
  const option = optionNamed(command, before.at(-1));
  if (option !== undefined && (option.required || option.optional)) {
    return valuesOf(option, current);
  }
  // `--device=nv`
  const [, name, value] = /^(--[\w-]+)=(.*)$/s.exec(current) ?? [];
  const written = optionNamed(command, name);
  if (written !== undefined && value !== undefined) {
    return (await valuesOf(written, value)).map((each) => `${name}=${each}`);
  }
  if (current.startsWith('-')) return optionsOf(command);
  if (before[0] === 'help') return rest.length > 1 ? [] : subcommandsOf(program);
  return [
    ...(rest.length === 0 ? subcommandsOf(command) : []),
    ...(await argumentsOf(command, rest.length, current)),
  ];
}

/** The command that was named, and its arguments so far. */
function commandOf(
  program: Command,
  words: readonly string[],
): { command: Command; rest: string[] } {
  let command = program;
  let rest: string[] = [];
  for (const [index, word] of words.entries()) {
    const option = optionNamed(command, words[index - 1]);
    if (word.startsWith('-') || option?.required === true) continue;
    const next = command.commands.find((one) => one.name() === word);
    if (next === undefined || rest.length > 0) rest.push(word);
    else {
      command = next;
      rest = [];
    }
  }
  return { command, rest };
}

function optionNamed(command: Command, word: string | undefined): Option | undefined {
  return command.options.find(
    ({ short, long }) => word !== undefined && [short, long].includes(word),
  );
}

function optionsOf(command: Command): string[] {
  const visible = command.createHelp().visibleOptions(command);
  return [...visible.flatMap(({ long }) => long ?? []), '--help'];
}

function subcommandsOf(command: Command): string[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((one) => one.name());
}

async function valuesOf(option: Option, current: string): Promise<string[]> {
  switch (option.long) {
    case '--device':
      return deviceSpecs(current);
    case '--machine':
      return [...presets.keys()];
    case '--fault':
      return faultSpecs(current);
    case '--only': {
      const others = current.slice(0, current.lastIndexOf(',') + 1);
      return Object.keys(TOPICS).map((topic) => `${others}${topic}`);
    }
    case '--machine-id':
      return (await running()).map(({ pid }) => String(pid));
    default:
      return [...(option.argChoices ?? [])];
  }
}

/** `nv` → `nvme`; `nvme,si` → `nvme,size=` */
function deviceSpecs(current: string): string[] {
  const comma = current.lastIndexOf(',');
  if (comma < 0) return [...deviceModels.keys()];
  const model = deviceModels.get(current.slice(0, current.indexOf(',')));
  const keys = [...DEVICE_KEYS, ...Object.keys(model?.options ?? {})];
  return keys.map((key) => `${current.slice(0, comma + 1)}${key}=`);
}

/** `map_` → `map_dma:`; `map_dma:EN` → `map_dma:ENOMEM` */
function faultSpecs(current: string): string[] {
  const colon = current.indexOf(':');
  if (colon < 0) return [...FAULT_POINTS.keys()].map((name) => `${name}:`);
  const name = current.slice(0, colon);
  const actions = FAULT_POINTS.get(name)?.actions ?? [];
  const words = actions.flatMap((action) => {
    if (action === 'errno') return Object.keys(Errno);
    return action === 'delay' || action === 'stuck' ? `${action}=` : action;
  });
  return words.map((word) => `${name}:${word}`);
}

async function argumentsOf(command: Command, index: number, current: string): Promise<string[]> {
  const list: readonly Argument[] = command.registeredArguments;
  const argument = list[index] ?? (list.at(-1)?.variadic === true ? list.at(-1) : undefined);
  if (argument === undefined) return [];
  if (argument.argChoices !== undefined) return [...argument.argChoices];
  switch (argument.name()) {
    case 'address':
      return (await running()).flatMap(({ addresses }) => addresses);
    case 'driver':
      return DRIVERS;
    case 'model':
      return [...deviceModels.keys()];
    case 'spec':
      return faultSpecs(current);
    default:
      return [];
  }
}

interface RunningMachine {
  readonly pid: number;
  readonly addresses: readonly string[];
}

async function running(): Promise<RunningMachine[]> {
  const machines = await topologies();
  return machines.map(({ machine, topology }) => ({
    pid: machine.pid,
    addresses: topology.devices.map(({ address }) => address),
  }));
}
