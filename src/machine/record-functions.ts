/** Which devices there are, and what their data sheets call the registers that are touched. */
import type { Diagnostics } from '../kernel/diagnostics.js';
import type { PciFunction } from '../pci/function.js';
import type { Pci } from '../pci/pci.js';
import type { Recorder } from '../recording/index.js';

/** More than there are bytes in any BAR that programs touch register by register. */
const REGION_SPAN = 2 ** 40;

/** Introduces the functions there are, and again what is opened later, which may have been plugged in. */
export function recordFunctions(recorder: Recorder, pci: Pci, channels: Diagnostics): void {
  /** By device: registers whose names are known, or have none. */
  const known = new Map<string, Set<number>>();
  const introduce = ({ device, description, capabilities }: PciFunction): void => {
    const places = [...capabilities].map(([id, offset]) => `${id}@${offset}`).join(' ');
    const { model } = description;
    recorder.write('function', { device: device.name, model, capabilities: places });
    known.set(device.name, new Set());
  };
  for (const pciFunction of pci.functions) introduce(pciFunction);
  channels.session.subscribe(({ device, stage }) => {
    const opened = stage === 'opened' ? pci.functionAt(device.name) : undefined;
    if (opened !== undefined) introduce(opened);
  });
  channels.register.subscribe(({ device, region, offset }) => {
    const registers = known.get(device.name);
    const key = region * REGION_SPAN + offset;
    if (registers === undefined || registers.has(key)) return;
    registers.add(key);
    const description = pci.functionAt(device.name)?.description;
    const name = description?.registerName?.(region, offset);
    if (name !== undefined) {
      recorder.write('registerName', { device: device.name, region, offset, name });
    }
  });
}
