/**
 * What the platform has for an IOMMU group on Power (a partitionable endpoint, `struct
 * iommu_table_group`): where its DMA windows can be, and how it stops when something went wrong (EEH).
 */
import type { IommuDomain } from '../iommu/iommu-domain.js';
import type { IommuGroup } from '../iommu/iommu-group.js';

/** What can be said of the IOMMU of a Power machine. */
export interface SpaprTceOptions {
  /** Bus address of the window below 4 GiB. Default: 0. */
  readonly dma32WindowStart?: number;
  /** Bytes, a power of two. Default: 2 GiB. */
  readonly dma32WindowSize?: number;
  /** Bus address of the second window. Default: 2^59. */
  readonly dma64WindowStart?: bigint;
  /** Page sizes of windows, in bytes. Default: 4 KiB, 64 KiB, 16 MiB. */
  readonly pageSizes?: readonly number[];
  /** Windows that users can make (DDW). 0: only the one below 4 GiB, and no v2. Default: 2. */
  readonly dynamicWindows?: number;
  /** The most levels of a table. Default: 5. */
  readonly maximumLevels?: number;
  /** Whether errors stop endpoints and users can recover them (EEH). Default: no. */
  readonly hasEeh?: boolean;
}

/** The options with their defaults. */
export type SpaprTceHardware = Required<SpaprTceOptions>;

export function spaprTceHardware(options: SpaprTceOptions = {}): SpaprTceHardware {
  return {
    dma32WindowStart: 0,
    dma32WindowSize: 2 ** 31,
    dma64WindowStart: 1n << 59n,
    pageSizes: [2 ** 12, 2 ** 16, 2 ** 24],
    dynamicWindows: 2,
    maximumLevels: 5,
    hasEeh: false,
    ...options,
  };
}

/** A group that is attached to a container. */
export class PartitionableEndpoint {
  readonly #group: IommuGroup;
  readonly #domain: IommuDomain;
  /** Whether errors stop the endpoint. */
  isEehEnabled = true;
  #isIoStopped = false;
  #isDmaStopped = false;
  #isInReset = false;

  constructor(group: IommuGroup, domain: IommuDomain) {
    this.#group = group;
    this.#domain = domain;
    this.#update();
  }

  get isIoStopped(): boolean {
    return this.#isIoStopped;
  }

  get isDmaStopped(): boolean {
    return this.#isDmaStopped;
  }

  get isInReset(): boolean {
    return this.#isInReset;
  }

  /** An error happened: nothing goes in or out until users unfreeze or reset it. */
  freeze(): void {
    this.#isIoStopped = true;
    this.#isDmaStopped = true;
    this.#update();
  }

  unfreezeIo(): void {
    this.#isIoStopped = false;
  }

  unfreezeDma(): void {
    this.#isDmaStopped = false;
    this.#update();
  }

  /** While it is held in reset nothing goes in or out; afterwards everything does. */
  setReset(isInReset: boolean): void {
    this.#isInReset = isInReset;
    this.#isIoStopped = isInReset;
    this.#isDmaStopped = isInReset;
    this.#update();
  }

  /** The group leaves the container. */
  detach(): void {
    this.#group.domain = undefined;
  }

  #update(): void {
    this.#group.domain = this.#isDmaStopped ? undefined : this.#domain;
  }
}
