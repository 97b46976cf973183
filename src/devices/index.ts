/** The device models that uvfio has, by the name that descriptions and `--device` give them. */
import type { DeviceModelFactory } from '../pci/device-model.js';
import { pciBridgeModel, rootPortModel } from './bridge/index.js';
import { eduModel } from './edu/index.js';
import { igbModel } from './igb/index.js';
import { nvmeModel } from './nvme/index.js';
import { shellModel } from './shell/index.js';

export const deviceModels: ReadonlyMap<string, DeviceModelFactory> = new Map([
  ['edu', eduModel],
  ['igb', igbModel],
  ['nvme', nvmeModel],
  ['shell', shellModel],
  ['root-port', rootPortModel],
  ['pci-bridge', pciBridgeModel],
]);
