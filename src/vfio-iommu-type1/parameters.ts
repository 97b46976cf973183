/**
 * Parameters of the module `vfio_iommu_type1`, as `/sys/module/vfio_iommu_type1/parameters` shows and
 * takes them.
 */
import { kernelError } from '../kernel/error.js';
import { addBooleanParameter } from '../kernel/module-parameter.js';
import { addAttribute } from '../kernel/sysfs.js';
import type { Directory } from '../kernel/tree.js';

/** The most mappings a container holds unless the parameter says otherwise (`U16_MAX`). */
const DEFAULT_ENTRY_LIMIT = 65535;
const UINT_MAX = 2 ** 32 - 1;

/** Initial values of the parameters. */
export interface Type1ParameterValues {
  readonly allowUnsafeInterrupts?: boolean;
  readonly disableHugepages?: boolean;
  readonly dmaEntryLimit?: number;
}

export class Type1Parameters {
  /** Whether groups may be used although their interrupts are not remapped. */
  allowUnsafeInterrupts: boolean;
  /** Whether to map page by page. Mappings here are not made of pages: it changes nothing. */
  disableHugepages: boolean;
  /** Mappings that a container opened from now on may hold. */
  dmaEntryLimit: number;

  constructor(values: Type1ParameterValues = {}) {
    this.allowUnsafeInterrupts = values.allowUnsafeInterrupts ?? false;
    this.disableHugepages = values.disableHugepages ?? false;
    this.dmaEntryLimit = values.dmaEntryLimit ?? DEFAULT_ENTRY_LIMIT;
  }

  /** Shows the parameters in a module's directory in sysfs. */
  show(module: Directory): void {
    const directory = module.directory('parameters');
    addBooleanParameter(directory, 'allow_unsafe_interrupts', {
      get: () => this.allowUnsafeInterrupts,
      set: (value) => {
        this.allowUnsafeInterrupts = value;
      },
    });
    addBooleanParameter(directory, 'disable_hugepages', {
      get: () => this.disableHugepages,
      set: (value) => {
        this.disableHugepages = value;
      },
    });
    addAttribute(directory, 'dma_entry_limit', {
      show: () => `${this.dmaEntryLimit}\n`,
      store: (text) => {
        this.dmaEntryLimit = parseUnsigned(text);
      },
    });
  }
}

/** A number as the kernel reads it (`kstrtouint`), in any C notation. @throws EINVAL, ERANGE */
function parseUnsigned(text: string): number {
  const [, hexadecimal, octal, decimal] =
    /^\+?(?:0[xX]([0-9a-fA-F]+)|0([0-7]*)|([1-9]\d*))\n?$/.exec(text) ?? [];
  const digits = hexadecimal ?? octal ?? decimal;
  if (digits === undefined) throw kernelError('EINVAL');
  const base = hexadecimal !== undefined ? 16 : octal !== undefined ? 8 : 10;
  const value = digits === '' ? 0 : Number.parseInt(digits, base);
  if (value > UINT_MAX) throw kernelError('ERANGE');
  return value;
}
