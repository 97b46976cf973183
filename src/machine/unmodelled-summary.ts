/** Registers that drivers touched and no model has: where to look first when a driver hangs. */
import type { UnmodelledRegister } from '../pci/device-diagnostics.js';
import type { Pci } from '../pci/pci.js';

/** A line for each device with such registers: `0000:00:05.0: unmodelled: BAR 0 offset 0x8 (2 reads)`. */
export function unmodelledSummary(pci: Pick<Pci, 'functions'>): string[] {
  return pci.functions.flatMap(({ device, diagnostics }) => {
    const { unmodelledRegisters: registers, unmodelledAccesses: accesses } = diagnostics;
    if (registers.length === 0) return [];
    const listed = registers.reduce((sum, { reads, writes }) => sum + reads + writes, 0);
    const rest = accesses > listed ? [`${accesses - listed} accesses to others`] : [];
    return [`${device.name}: unmodelled: ${[...registers.map(describe), ...rest].join(', ')}`];
  });
}

function describe({ bar, offset, reads, writes }: UnmodelledRegister): string {
  const counts = [counted(reads, 'read'), counted(writes, 'write')].filter((text) => text !== '');
  return `BAR ${bar} offset 0x${offset.toString(16)} (${counts.join(', ')})`;
}

function counted(count: number, name: string): string {
  if (count === 0) return '';
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
