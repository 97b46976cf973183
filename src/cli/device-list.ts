/** What `uvfio devices` prints. */
import { resolve } from 'node:path';
import { loadModel } from '../config/module-models.js';
import { isModuleFile, UserModuleError, UserModules } from '../config/user-modules.js';
import { deviceModels } from '../devices/index.js';
import { loadOwnModules } from '../host/load-own-modules.js';
import { didYouMean } from '../machine/did-you-mean.js';
import { presets } from '../machine/presets.js';
import { PLACEMENT_OPTIONS } from '../pci/device-options.js';
import type { DeviceModelFactory } from '../pci/device-model.js';

/** What is said of a device whatever its model. */
const EVERY_DEVICE: Readonly<Record<string, string>> = {
  addr: 'its PCI address, 0000:01:00.0 (the next free slot of bus 0)',
  driver: 'what it is bound to at first, or none (vfio-pci, and none for bridges)',
  group: 'devices that say the same share an IOMMU group (as the topology has it)',
  ...PLACEMENT_OPTIONS,
};

/** Prints the models there are, or the options of one. */
export async function listDevices(name: string | undefined): Promise<void> {
  if (name === undefined) {
    process.stdout.write(overview());
    return;
  }
  const model = await find(name);
  if (typeof model !== 'string') {
    process.stdout.write(optionsOf(name, model));
    return;
  }
  process.stderr.write(`uvfio: ${model}\n`);
  process.exitCode = 1;
}

/** The model, or why there is none. */
async function find(name: string): Promise<DeviceModelFactory | string> {
  const known = deviceModels.get(name);
  if (known !== undefined) return known;
  if (!isModuleFile(name)) {
    const names = [...deviceModels.keys()];
    const fix = didYouMean(name, names) ?? `models are ${names.join(', ')}`;
    return `there is no device model '${name}': ${fix}`;
  }
  try {
    return await loadModel(new UserModules(await loadOwnModules()), resolve(name));
  } catch (error) {
    if (!(error instanceof UserModuleError)) throw error;
    return [error.message, error.fix].filter((text) => text !== '').join(': ');
  }
}

function overview(): string {
  const models = [...deviceModels].map(([name, { summary }]) => [name, summary] as const);
  const machines = [...presets].map(([name, { summary }]) => [name, summary] as const);
  return [
    'Device models, for --device MODEL,key=value,… and `model:` in a description',
    ...table(models),
    '',
    'Machines, for --machine',
    ...table(machines),
    '',
    'uvfio devices MODEL lists the options of one.',
    '',
  ].join('\n');
}

function optionsOf(name: string, { summary, options }: DeviceModelFactory): string {
  const own = Object.entries(options).filter(([key]) => !(key in EVERY_DEVICE));
  return [
    `${name}: ${summary}`,
    ...table(own),
    '',
    'Every device',
    ...table(Object.entries(EVERY_DEVICE)),
    '',
  ].join('\n');
}

function table(rows: readonly (readonly [name: string, text: string])[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`);
}
