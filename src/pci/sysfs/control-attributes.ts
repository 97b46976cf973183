/** Files that do something to a function when written: enable, remove, rescan, reset. */
import { kernelError } from '../../kernel/error.js';
import { addAttribute } from '../../kernel/sysfs.js';
import type { Directory } from '../../kernel/tree.js';
import type { PciFunction } from '../function.js';
import type { Pci } from '../pci.js';
import { RESET_METHODS, type ResetMethod, canReset } from '../reset.js';
import { isTrue, unsigned, word } from './text.js';

export function addControlAttributes(pci: Pci, member: PciFunction, directory: Directory): void {
  addAttribute(directory, 'enable', {
    mode: 0o644,
    show: () => `${member.enableCount}\n`,
    store: (text) => {
      const wanted = isTrue(text);
      if (member.device.driver !== undefined) throw kernelError('EBUSY');
      if (wanted) member.enable();
      else if (member.enableCount > 0) member.disable();
      else throw kernelError('EIO');
    },
  });
  addAttribute(directory, 'remove', {
    mode: 0o220,
    store: (text, task) => (isTrue(text) ? pci.remove(member, task) : undefined),
  });
  addAttribute(directory, 'rescan', {
    mode: 0o200,
    store: (text) => (isTrue(text) ? pci.rescan(member.bus) : undefined),
  });
}

/** `reset` and `reset_method`, of functions that had a method when they were found. */
export function addResetAttributes(member: PciFunction, directory: Directory): void {
  const found = member.resetMethods;
  addAttribute(directory, 'reset', {
    mode: 0o200,
    store: (text) => {
      if (unsigned(text) !== 1) throw kernelError('EINVAL');
      member.reset();
    },
  });
  addAttribute(directory, 'reset_method', {
    mode: 0o644,
    show: () => (member.resetMethods.length > 0 ? `${member.resetMethods.join(' ')}\n` : ''),
    store: (text) => {
      const wanted = word(text);
      if (wanted === '') member.resetMethods = [];
      else if (wanted === 'default') member.resetMethods = found;
      else
        member.resetMethods = wanted
          .split(' ')
          .filter(Boolean)
          .map((name) => method(name, member));
    },
  });
}

/** @throws EINVAL for what is no method, or none of the function's */
function method(name: string, member: PciFunction): ResetMethod {
  const known = RESET_METHODS.find((candidate) => candidate === name);
  if (known === undefined || !canReset(member, known)) throw kernelError('EINVAL');
  return known;
}
