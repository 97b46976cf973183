/**
 * The configuration space that the user of a device sees: the hardware's, filtered and partly
 * virtual. One access at a time, aligned and within one capability; `config-access.ts` cuts what the
 * user asks for into such.
 */
import type { AccessSize } from '../../pci/config-space.js';
import type { PciFunction } from '../../pci/function.js';
import * as regs from '../../uapi/pci-regs.js';
import { bringBarsIntoShape, isBar } from './bars.js';
import { type MappedCapability, mapConfig } from './config-map.js';
import { writeAdvancedFeatures, writeExpress } from './function-reset-writes.js';
import { writeHeader } from './header-writes.js';
import { writeMsi } from './msi-writes.js';
import { writePower } from './power-writes.js';
import { writeVpd } from './vpd-writes.js';

/** What writes to configuration space do besides being remembered. */
export interface ConfigEffects {
  /** The user's INTx disable bit has become this. */
  setIntxDisabled(disabled: boolean): void;
  /** The user wants power state D0 to D3hot, 0 to 3. */
  setPowerState(state: number): void;
  /** The user wants the function reset, if that can be. */
  resetFunction(): void;
  /** Whether MSI has been enabled by SET_IRQS. */
  isMsiEnabled(): boolean;
  /** Logarithm of the most MSI vectors that SET_IRQS has allocated. */
  msiQueueLimit(): number;
}

/** A write to a capability whose permissions are by register. */
export interface CapabilityWrite {
  readonly capability: MappedCapability;
  /** Bytes from the beginning of configuration space. */
  readonly position: number;
  /** Bytes from the capability's beginning. */
  readonly offset: number;
  readonly size: AccessSize;
  readonly value: number;
}

type CapabilityWriter = (config: VirtualConfig, write: CapabilityWrite) => void;

/** Capabilities that do more with a write than remember it. */
const SPECIAL_WRITES = new Map<MappedCapability['id'], CapabilityWriter>([
  ['header', writeHeader],
  [regs.PCI_CAP_ID_PM, writePower],
  [regs.PCI_CAP_ID_VPD, writeVpd],
  [regs.PCI_CAP_ID_MSI, writeMsi],
  [regs.PCI_CAP_ID_EXP, writeExpress],
  [regs.PCI_CAP_ID_AF, writeAdvancedFeatures],
]);

export class VirtualConfig {
  readonly pci: PciFunction;
  readonly effects: ConfigEffects;
  /** The user's copy; bits that are not virtual mean nothing. */
  readonly copy: DataView;
  /** Whether BARs in the copy have to be brought into shape before they are read. */
  areBarsDirty = true;
  readonly #capabilities: readonly (MappedCapability | undefined)[];

  constructor(pci: PciFunction, effects: ConfigEffects) {
    this.pci = pci;
    this.effects = effects;
    const map = mapConfig(pci);
    this.copy = map.copy;
    this.#capabilities = map.capabilities;
  }

  /** Bytes. */
  get size(): number {
    return this.pci.config.size;
  }

  /** Whether the user has memory decoding on. */
  get isMemoryEnabled(): boolean {
    return (this.copy.getUint16(regs.PCI_COMMAND, true) & regs.PCI_COMMAND_MEMORY) !== 0;
  }

  /** Bytes of the largest access at `position` that is aligned, in one capability and at most `count`. */
  accessSize(position: number, count: number): AccessSize {
    const owner = this.#capabilities[position];
    let same = 1;
    while ((position + same) % 4 !== 0 && this.#capabilities[position + same] === owner) same += 1;
    const limit = Math.min(count, same);
    if (limit >= 4 && position % 4 === 0) return 4;
    if (limit >= 2 && position % 2 === 0) return 2;
    return 1;
  }

  /** Reads, one access. */
  read(position: number, size: AccessSize): number {
    const capability = this.#capabilities[position];
    if (capability === undefined) return this.pci.config.read(position, size);
    const offset = position - capability.start;
    if (capability.permission.access !== 'registers') {
      return this.#readUnlinked(capability, position, size);
    }
    if (capability.id === 'header' && isBar(offset) && this.areBarsDirty) bringBarsIntoShape(this);
    const virtual = capability.permission.virtual(offset, size);
    const hardware = this.pci.config.read(position, size);
    return ((hardware & ~virtual) | (this.#readCopy(position, size) & virtual)) >>> 0;
  }

  /** Writes, one access. */
  write(position: number, size: AccessSize, value: number): void {
    const capability = this.#capabilities[position];
    if (capability === undefined || capability.permission.access === 'write-through') {
      this.pci.config.write(position, size, value);
      return;
    }
    const offset = position - capability.start;
    const write = { capability, position, offset, size, value };
    if (capability.isExtended) this.writeRegisters(write);
    else this.#writeCapability(write);
  }

  /** Does what permissions say and no more: virtual bits into the copy, others to the hardware. */
  writeRegisters({ capability, position, offset, size, value }: CapabilityWrite): void {
    const writable = capability.permission.writable(offset, size);
    if (writable === 0) return;
    const virtual = capability.permission.virtual(offset, size);
    const toCopy = writable & virtual;
    if (toCopy !== 0) {
      this.#writeCopy(
        position,
        size,
        (this.#readCopy(position, size) & ~toCopy) | (value & toCopy),
      );
    }
    const toHardware = writable & ~virtual;
    if (toHardware !== 0) {
      const old = this.pci.config.read(position, size);
      this.pci.config.write(position, size, ((old & ~toHardware) | (value & toHardware)) >>> 0);
    }
  }

  #writeCapability(write: CapabilityWrite): void {
    const writeCapability = SPECIAL_WRITES.get(write.capability.id);
    if (writeCapability === undefined) this.writeRegisters(write);
    else writeCapability(this, write);
  }

  /** The hardware's, but for what links the capability into its list. */
  #readUnlinked(capability: MappedCapability, position: number, size: AccessSize): number {
    const linkEnd = capability.start + (capability.isExtended ? 4 : 2);
    let value = this.pci.config.read(position, size);
    for (let i = 0; i < size && position + i < linkEnd; i++) {
      value = (value & ~(0xff << (8 * i))) | (this.copy.getUint8(position + i) << (8 * i));
    }
    return value >>> 0;
  }

  #readCopy(position: number, size: AccessSize): number {
    if (size === 1) return this.copy.getUint8(position);
    return size === 2 ? this.copy.getUint16(position, true) : this.copy.getUint32(position, true);
  }

  #writeCopy(position: number, size: AccessSize, value: number): void {
    if (size === 1) this.copy.setUint8(position, value);
    else if (size === 2) this.copy.setUint16(position, value, true);
    else this.copy.setUint32(position, value >>> 0, true);
  }
}
