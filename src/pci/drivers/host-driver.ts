/**
 * Ordinary drivers of the host, by name: they take functions as real ones do and do nothing with them.
 * What they are for is that a function is theirs, and so its IOMMU group not a user's.
 */
import type { Kernel } from '../../kernel/kernel.js';
import { addAttribute } from '../../kernel/sysfs.js';
import { PCI_CACHE_LINE_SIZE } from '../../uapi/pci-regs.js';
import type { PciDeviceId, PciDriver } from '../driver.js';
import { pciFunctionOf } from '../function.js';
import type { InterruptKind } from '../interrupts.js';

/** What a host driver is like. */
export interface HostDriverOptions {
  readonly name: string;
  readonly ids: readonly PciDeviceId[];
  /** The module it is part of. Default: one of the driver's name. */
  readonly module?: string;
  /** Bits of the addresses its DMA uses. Default: as they are, 32 at first. */
  readonly dmaMaskBits?: number;
  /** The cache line size it sets, in 4 bytes, as drivers do that write and invalidate. */
  readonly cacheLineSize?: number;
  /** Interrupts it enables. Default: none. */
  readonly interrupts?: { readonly kind: InterruptKind; readonly count: number };
  /** Directories that its subsystem puts into the function's, such as `net`. */
  readonly directories?: readonly string[];
  /** Files it adds, with their content. */
  readonly attributes?: Readonly<Record<string, string>>;
}

export function hostDriver(kernel: Kernel, options: HostDriverOptions): PciDriver {
  const { name, ids, directories = [], attributes = {} } = options;
  return {
    name,
    ids,
    module: kernel.module(options.module ?? name),
    probe: (device) => {
      const member = pciFunctionOf(device);
      if (member === undefined) return;
      member.enable();
      member.setMaster(true);
      member.dmaMaskBits = options.dmaMaskBits ?? member.dmaMaskBits;
      if (options.cacheLineSize !== undefined) {
        member.config.write(PCI_CACHE_LINE_SIZE, 1, options.cacheLineSize);
      }
      const { interrupts } = options;
      if (interrupts !== undefined && member.interrupts.available(interrupts.kind) > 0) {
        const count = Math.min(interrupts.count, member.interrupts.available(interrupts.kind));
        member.interrupts.enable(interrupts.kind, count, () => undefined);
      }
      for (const directory of directories) device.directory?.directory(directory);
      if (device.directory === undefined) return;
      for (const [file, text] of Object.entries(attributes)) {
        addAttribute(device.directory, file, { show: () => text });
      }
    },
    remove: (device) => {
      for (const entry of [...directories, ...Object.keys(attributes)]) {
        device.directory?.remove(entry);
      }
      const member = pciFunctionOf(device);
      member?.interrupts.disable();
      member?.disable();
    },
  };
}
