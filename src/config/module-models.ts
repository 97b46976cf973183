/** Device models in modules of users: `model: ./my-device.ts`, and `--device ./my-device.ts,…`. */
import { basename, resolve } from 'node:path';
import type { DeviceDescription, MachineDescription } from '../machine/description.js';
import { DescriptionError, type DescriptionProblem } from '../machine/description-error.js';
import type { ReadDescription } from '../machine/description-text.js';
import { parseDeviceSpec } from '../machine/device-spec.js';
import { modelProblem } from '../machine/model-check.js';
import type { DeviceModelFactory } from '../pci/device-model.js';
import { type Exports, isModuleFile, UserModuleError, type UserModules } from './user-modules.js';

/**
 * The description with what its devices name as files loaded.
 * @param folderOf the folder that the file of device `index` is relative to
 * @throws DescriptionError with all that can't be loaded
 */
export async function withModuleModels(
  { description, locate }: ReadDescription,
  modules: UserModules,
  folderOf: (index: number) => string,
): Promise<MachineDescription> {
  const problems: DescriptionProblem[] = [];
  const devices: DeviceDescription[] = [];
  for (const [index, device] of description.devices.entries()) {
    const { model } = device;
    devices.push(device);
    if (typeof model !== 'string' || !isModelFile(model)) continue;
    try {
      const file = resolve(folderOf(index), model);
      devices[index] = { ...device, model: await loadModel(modules, file) };
    } catch (error) {
      if (!(error instanceof UserModuleError)) throw error;
      const { message: text, fix, cause } = error;
      problems.push({ path: ['devices', index, 'model'], text, fix, cause });
    }
  }
  if (problems.length > 0) throw new DescriptionError(problems, locate);
  return { ...description, devices };
}

/**
 * A device on its own, in a word or described, with its model loaded if it names a file.
 * @param folder what the file is relative to
 * @throws DescriptionError
 */
export async function withModuleModel(
  device: DeviceDescription | string,
  modules: UserModules,
  folder: string,
): Promise<DeviceDescription | string> {
  const described = typeof device === 'string' ? parseDeviceSpec(device) : device;
  if (typeof described.model !== 'string' || !isModelFile(described.model)) return device;
  const place = typeof device === 'string' ? `--device '${device}'` : 'the device';
  const read = { description: { devices: [described] }, locate: () => ({ place, covers: 2 }) };
  const { devices } = await withModuleModels(read, modules, () => folder);
  return devices[0] ?? device;
}

/** The model in a file. @throws UserModuleError */
export async function loadModel(modules: UserModules, file: string): Promise<DeviceModelFactory> {
  return modelIn(await modules.load(file), file);
}

/** Whether a model is given as a file: by a path, or a name with the extension of a module. */
export function isModelFile(model: string): boolean {
  return /^\.{0,2}\//.test(model) || isModuleFile(model);
}

/**
 * The model that a module exports: its default, or else the one thing that is a model.
 * @throws UserModuleError
 */
function modelIn(exports: Exports, file: string): DeviceModelFactory {
  // CommonJS modules are what they export.
  if (modelProblem(exports) === undefined) return named(exports, file);
  const { default: main, ...others } = exports;
  const candidates = main === undefined ? Object.values(others) : [main];
  const models = candidates.filter(
    (candidate) => candidates.length === 1 || modelProblem(candidate) === undefined,
  );
  const [model] = models;
  if (models.length === 0) {
    const fix = 'write `export default defineDevice({ … })`';
    throw new UserModuleError(`${file} exports no device model`, fix);
  }
  if (models.length > 1) {
    const fix = 'make the one that is meant the default export';
    throw new UserModuleError(`${file} exports ${models.length} device models`, fix);
  }
  const problem = modelProblem(model);
  if (problem !== undefined) {
    const fix = 'write `export default defineDevice({ … })`';
    throw new UserModuleError(`what ${file} exports is no device model: ${problem}`, fix);
  }
  return named(model, file);
}

/** A model that was checked, with a name for messages. It may be an object of a class. */
function named(checked: unknown, file: string): DeviceModelFactory {
  const model = checked as DeviceModelFactory;
  if (model.name !== undefined) return model;
  return {
    name: basename(file),
    summary: model.summary,
    options: model.options,
    registerName: (bar, offset) => model.registerName?.(bar, offset),
    describe: (given) => model.describe(given),
  };
}
