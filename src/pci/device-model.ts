/**
 * What a device author writes. A `FunctionDescription` says what the function looks like before it
 * runs (identity, BARs, capabilities); its `create` makes the `DeviceModel`, which answers accesses to
 * the BARs, using the `DeviceContext` for interrupts, DMA, time and shared memory.
 */
import type { Disk, DiskRequest } from '../kernel/disk.js';
import type { KernelLog } from '../kernel/log.js';
import type { ReadDetector } from '../kernel/memory-object.js';
import type { Timers } from '../kernel/timers.js';
import type { NetworkPort } from '../net/network-port.js';
import type { Bar, BarAccess, BarDescription, RomDescription } from './bar.js';
import type { Capability, ExtendedCapability } from './capability.js';
import type { AccessSize, ConfigSpace } from './config-space.js';
import type { Dma } from './dma.js';
import type { Interrupts } from './interrupts.js';
import type { ResetMethod } from './reset.js';
import type { WatchedWord, WatchedWordOptions } from './watched-word.js';

/** Who the function says it is. */
export interface Identity {
  readonly vendor: number;
  readonly device: number;
  readonly revision?: number;
  /** 24 bits: base class, subclass, programming interface. */
  readonly class: number;
  readonly subsystemVendor?: number;
  readonly subsystem?: number;
}

/** A function as it comes out of the factory. */
export interface FunctionDescription {
  /** The name of the model, for messages. */
  readonly model: string;
  readonly identity: Identity;
  /** INTx pin: 0 for none, 1 for INTA#, … Default 0. */
  readonly interruptPin?: 0 | 1 | 2 | 3 | 4;
  readonly bars?: readonly BarDescription[];
  readonly rom?: RomDescription;
  /** Capabilities in the order of the list. */
  readonly capabilities?: readonly Capability[];
  /** Extended capabilities in the order of the list; with any, configuration space has 4096 bytes. */
  readonly extendedCapabilities?: readonly ExtendedCapability[];
  /** Content of configuration space that the rest is laid over. */
  readonly configImage?: Uint8Array;
  /**
   * What the bytes behind the header that belong to no capability are: zero for ever, or memory, as
   * QEMU's devices have it. Default: read-only.
   */
  readonly unclaimedBytes?: 'read-only' | 'writable';
  /** Bits of 32-bit registers that software can change, where they are not the usual ones. */
  readonly writableBits?: readonly { readonly offset: number; readonly writable: number }[];
  /** The name of the physical slot it is in, for `/sys/bus/pci/slots`. Default: none. */
  readonly physicalSlot?: string;
  /** Its node of firmware tables, below `/sys/devices/LNXSYSTM:00/LNXSYBUS:00`. Default: none. */
  readonly firmwareNode?: string;
  /** Whether its bus is a root bus though it is not bus 0, as large computers have some. Default: no. */
  readonly isOnRootBus?: boolean;
  /** A bridge to this kind of bus. Default: no bridge. */
  readonly bridge?: BridgeDescription;
  /** Makes what is behind the registers. Default: BARs are plain memory. */
  readonly create?: (context: DeviceContext) => DeviceModel;
  /** What the data sheet calls the register at an offset of a BAR: the factory's, for traces. */
  readonly registerName?: DeviceModelFactory['registerName'];
}

/** What a bridge leads to. */
export interface BridgeDescription {
  /** Whether functions behind it can be told apart by an IOMMU (PCI Express), or not (PCI). */
  readonly isolatesFunctions: boolean;
  /** Buses behind it; default: as the machine numbers them. */
  readonly secondaryBus?: number;
  readonly subordinateBus?: number;
}

/** The behaviour of a function. It must survive any access, in any order, with any value. */
export interface DeviceModel {
  /** A read of a BAR. */
  read(bar: number, offset: number, size: AccessSize): number;
  /** A write to a BAR. */
  write(bar: number, offset: number, size: AccessSize, value: number): void;
  /** Back to the state after power-on; called once before the first access, too. */
  reset(cause: ResetMethod | 'power-on'): void;
  /**
   * It is pulled out of its slot: what it does with its last energy, as drives do that are told of the
   * loss of power. Milliseconds for which it holds on. Default: gone at once.
   */
  losePower?(): number;
  /** It is out of the machine: timers of its own end here. */
  dispose?(): void;
  /** Of a VGA device: accesses to legacy memory and ports, offsets being their addresses. */
  readonly vga?: BarAccess;
  /** Software changed configuration space at this offset. */
  configWritten?(offset: number, size: AccessSize): void;
}

/** What a model works with. */
export interface DeviceContext {
  /** The device's name on the bus, `0000:00:03.0`. */
  readonly name: string;
  readonly config: ConfigSpace;
  readonly bars: readonly (Bar | undefined)[];
  readonly interrupts: Interrupts;
  readonly dma: Dma;
  /** Machine time: deterministic, moved by the embedder. */
  readonly timers: Timers;
  readonly log: KernelLog;
  /** Watches a word of a mappable BAR for stores that clients make to its memory. */
  watchWord(options: WatchedWordOptions): WatchedWord;
  /**
   * Calls `look` again and again while clients have a mappable BAR mapped, and once when they no longer
   * do: for models that look at its memory themselves. It says whether there was something to do.
   */
  watchBar(bar: number, look: () => boolean): void;
  /**
   * Watches a page of a mappable BAR for being touched by clients that have it mapped, for registers that reading
   * changes. Undefined where that can't be told.
   * @param offset of the page in the BAR
   */
  watchReads(bar: number, offset: number): ReadDetector | undefined;
  /** Says that a store to mapped memory was found: for models that look themselves (`watchBar`). */
  storeFound(store: FoundStore): void;
  /**
   * Opens what the device keeps its blocks on; the model closes it.
   * @throws DiskError, which ends the building of the machine with one line
   */
  openDisk(request: DiskRequest): Disk;
  /**
   * Plugs the device into a network: those that say the same name (option `net=lan0`) are on the same
   * one. Without a name it is not plugged in, and its link is down. The port is closed when the device
   * leaves the machine.
   */
  networkPort(network?: string): NetworkPort;
  /** Reports an access to a register that the model does not have. Counted, and logged once each. */
  unmodelled(access: UnmodelledAccess): void;
  /**
   * Says what the device is doing, in its own field's words, to those who trace it. Absent while nobody
   * does: `context.activity?.('…')`.
   */
  readonly activity: ((text: string) => void) | undefined;
  /** Reports an uncorrectable error of the device to its driver, as PCI Express devices can. */
  reportError(): void;
}

/** A store of a client to the memory of a mapped BAR. */
export interface FoundStore {
  readonly bar: number;
  /** Bytes from the beginning of the BAR. */
  readonly offset: number;
  readonly size: 4 | 8;
  readonly value: number;
}

/** An access that the model has no register for. */
export interface UnmodelledAccess {
  readonly bar: number;
  readonly offset: number;
  readonly size: number;
  /** Of a write: what was written. */
  readonly value?: number;
}

/** Options of `--device name,key=value,…`. */
export type DeviceOptions = Readonly<Record<string, string>>;

/** A kind of device that machines can have. */
export interface DeviceModelFactory {
  /** What it is called in messages. Default: nothing. */
  readonly name?: string;
  /** One line for people: what it is. */
  readonly summary: string;
  /** The options it takes, with one line each. */
  readonly options: Readonly<Record<string, string>>;
  /** What the data sheet calls the register at an offset of a BAR, if there is one. */
  readonly registerName?: (bar: number, offset: number) => string | undefined;
  /**
   * Describes one function of this kind.
   * @throws DeviceOptionError for an option that can't be
   */
  describe(options: DeviceOptions): FunctionDescription;
}

/** An option of a device that can't be. */
export class DeviceOptionError extends Error {
  override readonly name = 'DeviceOptionError';
  /** The option at fault. */
  readonly option: string;

  constructor(option: string, text: string) {
    super(text);
    this.option = option;
  }
}
