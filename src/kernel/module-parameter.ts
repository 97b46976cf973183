/** Parameters of modules in `/sys/module/<name>/parameters`, read and written as `module_param` has them. */
import { kernelError } from './error.js';
import { addAttribute } from './sysfs.js';
import type { Directory } from './tree.js';

/** Where a parameter's value is kept. */
export interface ParameterValue<T> {
  get(): T;
  set(value: T): void;
}

/** Adds a parameter that is Y or N. */
export function addBooleanParameter(
  directory: Directory,
  name: string,
  value: ParameterValue<boolean>,
): void {
  addAttribute(directory, name, {
    show: () => (value.get() ? 'Y\n' : 'N\n'),
    store: (text) => value.set(parseBoolean(text)),
  });
}

/** A boolean as the kernel reads it (`kstrtobool`): its first letters decide. @throws EINVAL */
function parseBoolean(text: string): boolean {
  if (/^([yYtT1]|[oO][nN])/.test(text)) return true;
  if (/^([nNfF0]|[oO][fF])/.test(text)) return false;
  throw kernelError('EINVAL');
}
