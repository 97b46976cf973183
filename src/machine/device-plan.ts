/** The devices of a machine: which models, with which options, at which addresses. */
import {
  type DeviceModelFactory,
  DeviceOptionError,
  type FunctionDescription,
} from '../pci/device-model.js';
import { type PciAddress, parsePciAddress } from '../pci/pci-address.js';
import type { FunctionPlan } from '../pci/plan.js';
import { lookAt } from '../pci/foreign-code.js';
import type { DeviceDescription } from './description.js';
import type { DescriptionProblem } from './description-error.js';
import { didYouMean } from './did-you-mean.js';
import { NO_DRIVER, VFIO_PCI } from './driver-plan.js';

/** Device models by the names that descriptions use. */
export type DeviceModels = ReadonlyMap<string, DeviceModelFactory>;

/** A function of the machine, with what is to become of it. */
export interface PlannedFunction extends FunctionPlan {
  /** The driver to bind it to; undefined for none. */
  readonly driver: string | undefined;
  /** Where it is described. */
  readonly path: readonly (string | number)[];
}

/** A device whose model is known, and its address if it was said. */
interface Draft {
  readonly device: DeviceDescription;
  readonly description: FunctionDescription;
  readonly path: readonly (string | number)[];
  address: PciAddress | undefined;
}

/** Slots of bus 0 that are given out to devices that don't say where they are. */
const FIRST_FREE_SLOT = 3;
const SLOTS = 32;

/** Keys of a device that are not options of its model. */
const DEVICE_KEYS = ['model', 'addr', 'driver', 'group'];

/**
 * Plans all devices; what is wrong with them is added to the problems.
 * @param present where there are devices already
 */
export function planDevices(
  devices: readonly DeviceDescription[],
  models: DeviceModels,
  problems: DescriptionProblem[],
  present: readonly PciAddress[] = [],
): PlannedFunction[] {
  const drafts = devices.flatMap((device, index): Draft[] => {
    const path = ['devices', index];
    const description = describeDevice(device, models, path, problems);
    if (description === undefined) return [];
    return [{ device, description, path, address: addressOf(device, path, problems) }];
  });
  giveOutAddresses(drafts, problems, present);
  return drafts.flatMap(({ device, description, path, address }) => {
    if (address === undefined) return [];
    const driver = device.driver ?? (description.bridge === undefined ? VFIO_PCI : NO_DRIVER);
    return [
      {
        address,
        description,
        driver: driver === NO_DRIVER ? undefined : driver,
        group: groupOf(device, path, problems),
        path,
      },
    ];
  });
}

function describeDevice(
  device: DeviceDescription,
  models: DeviceModels,
  path: readonly (string | number)[],
  problems: DescriptionProblem[],
): FunctionDescription | undefined {
  const factory = factoryOf(device, models);
  if (factory === undefined) {
    const name = String(device.model);
    const known = [...models.keys()];
    const fix = didYouMean(name, known) ?? `models are ${known.join(', ')}`;
    problems.push({ path: [...path, 'model'], text: `there is no device model '${name}'`, fix });
    return undefined;
  }
  const options: Record<string, string> = {};
  const known = Object.keys(factory.options);
  for (const [key, value] of Object.entries(device)) {
    if (DEVICE_KEYS.includes(key) || value === undefined) continue;
    options[key] = String(value);
    if (known.includes(key)) continue;
    const all = [...DEVICE_KEYS, ...known];
    problems.push({
      path: [...path, key],
      isAboutKey: true,
      text: `${nameOf(device)} has no option '${key}'`,
      fix:
        didYouMean(key, all) ?? (known.length > 0 ? `it has ${known.join(', ')}` : 'it has none'),
    });
  }
  try {
    const { registerName } = factory;
    const description = factory.describe(options);
    return registerName === undefined ? description : { ...description, registerName };
  } catch (error) {
    if (error instanceof DeviceOptionError) {
      problems.push({ path: [...path, error.option], text: error.message });
    } else {
      const text = `${nameOf(device)} can't describe itself: ${error}`;
      problems.push({ path: [...path, 'model'], text, fix: lookAt(error), cause: error });
    }
    return undefined;
  }
}

function factoryOf(
  { model }: DeviceDescription,
  models: DeviceModels,
): DeviceModelFactory | undefined {
  return typeof model === 'string' ? models.get(model) : model;
}

function nameOf({ model }: DeviceDescription): string {
  const name = typeof model === 'string' ? model : model.name;
  return name === undefined ? 'the model' : `the model '${name}'`;
}

function addressOf(
  device: DeviceDescription,
  path: readonly (string | number)[],
  problems: DescriptionProblem[],
): PciAddress | undefined {
  if (device.addr === undefined) return undefined;
  const address = parsePciAddress(device.addr);
  if (address === undefined) {
    const fix = 'write domain:bus:slot.function in hexadecimal, as 0000:00:05.0';
    problems.push({ path: [...path, 'addr'], text: `'${device.addr}' is no PCI address`, fix });
  }
  return address;
}

/** Numbers of groups are what an `int` of the kernel's holds. */
const LAST_GROUP = 0x7fff_ffff;

/** The number of the group, or its name. In a specification, a number comes as text. */
function groupOf(
  { group }: DeviceDescription,
  path: readonly (string | number)[],
  problems: DescriptionProblem[],
): number | string | undefined {
  const isNumber = typeof group === 'number' || /^[-+]?[\d.]+$/.test(group ?? '');
  if (group === undefined || !isNumber) return group;
  const number = Number(group);
  if (!Number.isInteger(number) || number < 0 || number > LAST_GROUP) {
    const fix = `give a whole number from 0 to ${LAST_GROUP}, or a name`;
    problems.push({ path: [...path, 'group'], text: `${group} is no number of a group`, fix });
  }
  return number;
}

/** Devices that don't say where they are get the lowest free slots of bus 0. */
function giveOutAddresses(
  drafts: readonly Draft[],
  problems: DescriptionProblem[],
  present: readonly PciAddress[],
): void {
  const taken = new Set<number>();
  for (const address of [...present, ...drafts.map((draft) => draft.address)]) {
    if (address !== undefined && address.domain === 0 && address.bus === 0) taken.add(address.slot);
  }
  let slot = FIRST_FREE_SLOT;
  for (const draft of drafts) {
    // An address that was said and makes no sense is a problem already; any other will do here.
    if (draft.address !== undefined) continue;
    while (taken.has(slot)) slot += 1;
    if (slot >= SLOTS) {
      const fix = 'put devices behind a bridge, and say where with `addr`';
      problems.push({ path: draft.path, text: 'bus 0 has no free slot left', fix });
      return;
    }
    taken.add(slot);
    draft.address = { domain: 0, bus: 0, slot, function: 0 };
  }
}
