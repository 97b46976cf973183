/** Descriptions as data: what can be kept in a file, and read again elsewhere. */
import { relative } from 'node:path';
import type { MachineDescription } from '../machine/description.js';
import { isModelFile } from './module-models.js';

/**
 * The description as JSON has it.
 * @param pathOf where the file of the model of device `index` is to be looked for
 * @returns undefined when something in it is more than data: a model as an object, for example
 */
export function writtenDown(
  description: MachineDescription,
  pathOf: (model: string, index: number) => string,
): MachineDescription | undefined {
  const devices = description.devices.map((device, index) => {
    const { model } = device;
    if (typeof model !== 'string' || !isModelFile(model)) return device;
    return { ...device, model: pathOf(model, index) };
  });
  const whole = { ...description, devices };
  return isData(whole) ? whole : undefined;
}

/** A path as it is written in a description: one that can't be taken for the name of a model. */
export function pathFrom(folder: string, file: string): string {
  const path = relative(folder, file);
  return path.startsWith('.') ? path : `./${path}`;
}

/** Whether JSON has all there is in a value. */
function isData(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (Array.isArray(value)) return value.every(isData);
  if (typeof value !== 'object') return ['string', 'number', 'boolean'].includes(typeof value);
  return Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isData);
}
