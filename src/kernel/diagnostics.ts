/**
 * What happens in a machine, as it happens: one channel for each kind of event. The kernel, IOMMU
 * drivers, PCI, vfio-pci and the models publish; traces, reports and recordings subscribe.
 */
import { Channel } from './channel.js';
import type { File, MemoryArea } from './file.js';
import type { MapRequest } from './map-request.js';
import type { Task } from './task.js';
import type { Owner } from './tree.js';
import type { UserMemory } from './user-memory.js';

/** Whom an event is about: named as on its bus. */
export interface NamedDevice {
  readonly name: string;
}

/** A system call, with what is behind its descriptors and paths. */
export type SystemCall =
  | { readonly name: 'open'; readonly task: Task; readonly path: string; readonly flags: number }
  | {
      readonly name: 'read' | 'write';
      readonly task: Task;
      readonly file: File;
      readonly address: number;
      readonly count: number;
      /** Absent: where the file's own position is. */
      readonly offset: number | undefined;
    }
  | {
      readonly name: 'ioctl';
      readonly task: Task;
      readonly file: File;
      readonly command: number;
      readonly argument: number;
      readonly isCompat: boolean;
    }
  | {
      readonly name: 'mmap';
      readonly task: Task;
      readonly file: File;
      readonly request: MapRequest;
    }
  /** One reference of a program's goes: the last one releases the file. */
  | { readonly name: 'close'; readonly file: File }
  | {
      readonly name: 'lseek';
      readonly file: File;
      readonly offset: number;
      readonly whence: number;
    }
  | { readonly name: 'chmod'; readonly task: Task; readonly path: string; readonly mode: number }
  | {
      readonly name: 'chown';
      readonly task: Task;
      readonly path: string;
      readonly owner: Owner;
      readonly followLast: boolean;
    };

/** The end of a system call, now or, of one that slept, later. */
export interface SystemCallEnd {
  readonly call: SystemCall;
  /** ≥ 0, or −errno. */
  readonly result: number;
  /** Of `open`: the file. */
  readonly file?: File;
  /** Of `mmap`: what was mapped. */
  readonly area?: MemoryArea;
}

/** An access to memory by a device. */
export interface DmaAccess {
  readonly device: NamedDevice;
  /** The address space it was made in, if there was one. */
  readonly domain: object | undefined;
  readonly iova: bigint;
  /** What was written, or what was read where that was possible. */
  readonly bytes: Uint8Array;
  readonly isWrite: boolean;
  /** Why it failed, if it did. */
  readonly fault?:
    | 'no domain'
    | 'not mapped'
    | 'no permission'
    | 'memory gone'
    | 'bus master off'
    | 'injected';
}

/** An access that the IOMMU refused. */
export interface IommuFaultEvent {
  readonly device: NamedDevice;
  readonly iova: bigint;
  readonly isWrite: boolean;
  readonly reason: string;
}

/** An interrupt of a device. */
export interface InterruptEvent {
  readonly device: NamedDevice;
  readonly kind: 'intx' | 'msi' | 'msix';
  readonly vector: number;
  /**
   * `raised` by the device; then `delivered` to a driver, kept `pending` while masked, or `lost`.
   * `signalled`: the eventfd of the user was. `unheard`: the user had none for it.
   */
  readonly stage: 'raised' | 'delivered' | 'pending' | 'lost' | 'signalled' | 'unheard';
  /** Why it is pending or lost. */
  readonly reason?: 'masked' | 'not enabled' | 'bus master off' | 'injected';
}

/** A user's access to a register of a device. */
export interface RegisterAccess {
  readonly device: NamedDevice;
  /** `VFIO_PCI_…_REGION_INDEX`: 0 to 5 for BARs, 6 ROM, 7 configuration space, 8 VGA. */
  readonly region: number;
  /** Bytes from the region's beginning. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
  readonly isWrite: boolean;
  readonly value: number | bigint;
  /** Whether it was a store to mapped memory, found when the model looked. */
  readonly isMapped: boolean;
}

/** A mapping made in or removed from a device's address space. */
export interface MappingChange {
  readonly change: 'added' | 'removed';
  /** The address space. */
  readonly domain: object;
  readonly memory: object;
  readonly iova: bigint;
  /** Bytes. */
  readonly size: number;
  /** Where it leads to in the memory. */
  readonly address: number;
  readonly isReadable: boolean;
  readonly isWritable: boolean;
}

/** Pages of a user that a mapping counts as locked. */
export interface LockedMemoryEvent {
  readonly memory: UserMemory;
  /** Pages locked in all now. */
  readonly lockedPages: number;
  /** RLIMIT_MEMLOCK in pages, of a task to which it applies; else Infinity. */
  readonly limitPages: number;
}

/** A reset of a device. */
export interface ResetEvent {
  readonly device: NamedDevice;
  /** `flr`, `af_flr`, `pm`, `bus`, or `power-on`. */
  readonly cause: string;
}

/** The command register of a device has changed. */
export interface CommandEvent {
  readonly device: NamedDevice;
  /** PCI_COMMAND, as it is now. */
  readonly command: number;
  readonly isBusMaster: boolean;
}

/** An eventfd that a user gave for an interrupt, or took away. */
export interface ArmEvent {
  readonly device: NamedDevice;
  /** `VFIO_PCI_…_IRQ_INDEX`. */
  readonly index: number;
  readonly vector: number;
  readonly isArmed: boolean;
}

/** A device bound to vfio-pci is opened by its first user, or closed by its last. */
export interface SessionEvent {
  readonly device: NamedDevice;
  readonly stage: 'opened' | 'closing' | 'closed' | 'requested';
  /** When closed: whether it was reset. */
  readonly wasReset?: boolean;
}

/** A register that the model does not have. */
export interface UnmodelledEvent {
  readonly device: NamedDevice;
  readonly bar: number;
  readonly offset: number;
  readonly size: number;
  readonly value?: number;
}

/** What a device is doing, in its own field's words. */
export interface ActivityEvent {
  readonly device: NamedDevice;
  readonly text: string;
}

/**
 * Whose turn it is: a timer fires, a sleeper goes on, or the machine looks at what nobody tells it of
 * (`poll`, until `polled` or, when there was something to do, `worked`).
 */
export type Turn = 'timer' | 'turn' | 'poll' | 'polled' | 'worked';

/** The channels of one machine. */
export class Diagnostics {
  readonly systemCallEnter = new Channel<SystemCall>();
  readonly systemCallExit = new Channel<SystemCallEnd>();
  readonly fileOpened = new Channel<File>();
  readonly fileReleased = new Channel<File>();
  readonly dma = new Channel<DmaAccess>();
  readonly iommuFault = new Channel<IommuFaultEvent>();
  readonly interrupt = new Channel<InterruptEvent>();
  readonly interruptArmed = new Channel<ArmEvent>();
  readonly register = new Channel<RegisterAccess>();
  readonly mapping = new Channel<MappingChange>();
  readonly lockedMemory = new Channel<LockedMemoryEvent>();
  readonly reset = new Channel<ResetEvent>();
  readonly command = new Channel<CommandEvent>();
  readonly session = new Channel<SessionEvent>();
  readonly unmodelled = new Channel<UnmodelledEvent>();
  readonly activity = new Channel<ActivityEvent>();
  readonly turn = new Channel<Turn>();
}
