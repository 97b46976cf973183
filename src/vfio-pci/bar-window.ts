/** A BAR as pread and pwrite reach it: all of it but the MSI-X table. */
import { kernelError } from '../kernel/error.js';
import type { Session } from './session.js';
import type { Window } from './window-access.js';

/** @throws EINVAL for a BAR that is absent, or an offset past its end */
export function barWindow({ pci, msixTable }: Session, index: number, offset: number): Window {
  const bar = pci.bars[index];
  if (bar === undefined || offset >= bar.size) throw kernelError('EINVAL');
  return {
    region: index,
    end: bar.size,
    isMemory: bar.isMemory,
    excluded: msixTable?.bar === index ? msixTable : undefined,
    read: (at, size) => bar.read(at, size),
    write: (at, size, value) => bar.write(at, size, value),
  };
}
