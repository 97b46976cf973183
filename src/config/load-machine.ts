/** From what somebody chose on a command line to a machine that can be built. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, extname, relative, resolve } from 'node:path';
import { deviceModels } from '../devices/index.js';
import { defaultMachine } from '../machine/default-machine.js';
import { withAdditions } from '../machine/additions.js';
import { DescriptionError } from '../machine/description-error.js';
import type { MachineDescription } from '../machine/description.js';
import {
  checkDescription,
  readDescription,
  type ReadDescription,
} from '../machine/description-text.js';
import { didYouMean } from '../machine/did-you-mean.js';
import { MachinePlan } from '../machine/machine-plan.js';
import { presets } from '../machine/presets.js';
import { findConfig } from './find-config.js';
import { withModuleModels } from './module-models.js';
import { pathFrom, writtenDown } from './written-description.js';
import { isModuleFile, UserModuleError, type UserModules } from './user-modules.js';

/** What was chosen. */
export interface MachineChoice {
  /** A description's file, or the name of a preset. Default: the project's description, if it has one. */
  readonly machine?: string;
  /** Devices in one word each, added to it. Without any and without a description: the default machine. */
  readonly devices: readonly string[];
  /** Networks in one word each, added to it. */
  readonly networks?: readonly string[];
  /** Faults in one word each, added to those of the description. */
  readonly faults?: readonly string[];
  /** The seed of random faults. Default: the description's. */
  readonly faultSeed?: number;
}

/** A machine that was chosen. */
export interface LoadedMachine {
  readonly plan: MachinePlan;
  /** Where its description comes from, for people. */
  readonly source: string;
  /**
   * All that describes it, with files of models relative to the working folder; undefined where a module
   * has put more than data into it.
   */
  readonly written: MachineDescription | undefined;
}

/** A description with the folder that files in it are relative to. */
interface Base extends ReadDescription {
  readonly folder: string;
  readonly source: string;
}

/**
 * Loads the machine with everything that its description names.
 * @param folder the working folder
 * @throws DescriptionError, a line for each problem
 */
export async function loadMachine(
  choice: MachineChoice,
  folder: string,
  modules: UserModules,
): Promise<LoadedMachine> {
  const base = await chosen(choice, folder, modules);
  const added = withAdditions(base, choice);
  const before = base.description.devices.length;
  const folderOf = (index: number): string => (index < before ? base.folder : folder);
  const described = await withModuleModels(added, modules, folderOf);
  const { description, locate } = withFaults({ ...added, description: described }, choice);
  const plan = new MachinePlan(description, deviceModels, locate);
  const { devices } = added.description;
  const written = writtenDown({ ...description, devices }, (model, index) =>
    pathFrom(folder, resolve(folderOf(index), model)),
  );
  return { plan, source: base.source, written };
}

/**
 * Loads a machine that `loadMachine` said was described like this.
 * @throws DescriptionError, a line for each problem
 */
export async function loadWritten(
  description: MachineDescription,
  folder: string,
  modules: UserModules,
): Promise<MachinePlan> {
  const read = checkDescription(description, () => ({ place: 'the recording' }));
  const loaded = await withModuleModels(read, modules, () => folder);
  return new MachinePlan(loaded, deviceModels, read.locate);
}

function withFaults(
  { description, locate }: ReadDescription,
  { faults = [], faultSeed = description.faultSeed ?? 0 }: MachineChoice,
): ReadDescription {
  const own = description.faults ?? [];
  return {
    description: { ...description, faults: [...own, ...faults], faultSeed },
    locate: (problem) => {
      const [list, index] = problem.path;
      const isAdded = list === 'faults' && typeof index === 'number' && index >= own.length;
      return isAdded ? { place: '--fault', covers: 2 } : locate(problem);
    },
  };
}

async function chosen(
  { machine, devices }: MachineChoice,
  folder: string,
  modules: UserModules,
): Promise<Base> {
  if (machine !== undefined) {
    const preset = presets.get(machine);
    if (preset !== undefined) return presetOf(machine, folder);
    return await fromFile(resolve(folder, machine), machine, modules);
  }
  const found = findConfig(folder);
  if (found !== undefined) return await fromFile(found, relative(folder, found), modules);
  return presetOf(devices.length > 0 ? 'empty' : 'default', folder);
}

function presetOf(name: string, folder: string): Base {
  const description = presets.get(name)?.description ?? defaultMachine;
  return { description, locate: () => undefined, folder, source: `the preset '${name}'` };
}

/** @param shown what the file is called in errors */
async function fromFile(file: string, shown: string, modules: UserModules): Promise<Base> {
  const read = isModuleFile(file)
    ? await fromModule(file, shown, modules)
    : readDescription(textOf(file, shown), shown);
  return { ...read, folder: dirname(file), source: file };
}

/** A description that a module exports. */
async function fromModule(
  file: string,
  shown: string,
  modules: UserModules,
): Promise<ReadDescription> {
  const fail = (text: string, fix: string, cause?: unknown): never => {
    throw new DescriptionError([{ path: [], text, fix, cause }], () => ({ place: shown }));
  };
  try {
    const { default: description } = await modules.load(file);
    if (description === undefined) {
      fail('it exports no machine', 'write `export default defineMachine({ devices: [ … ] })`');
    }
    return checkDescription(description, () => ({ place: shown }));
  } catch (error) {
    if (!(error instanceof UserModuleError)) throw error;
    return fail(error.message, error.fix, error.cause);
  }
}

function textOf(file: string, shown: string): string {
  const fail = (text: string, fix: string): never => {
    throw new DescriptionError([{ path: [], text, fix }], () => ({ place: shown }));
  };
  if (!existsSync(file)) {
    const names = [...presets.keys()];
    const hint = extname(shown) === '' && !shown.includes('/');
    const fix = didYouMean(shown, names) ?? `presets are ${names.join(', ')}`;
    return hint
      ? fail('is neither a file nor a preset', fix)
      : fail('there is no such file', 'check the path');
  }
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const [text, fix] = UNREADABLE[(error as NodeJS.ErrnoException).code ?? ''] ?? [
      `can't be read: ${error instanceof Error ? error.message : error}`,
      '',
    ];
    return fail(text, fix);
  }
}

const UNREADABLE: Readonly<Record<string, readonly [text: string, fix: string]>> = {
  EISDIR: ['is a folder', 'name a file in it'],
  EACCES: ['may not be read', 'change its permissions, or use another file'],
};
