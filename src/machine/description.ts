/**
 * What a machine consists of, as its users write it: an object in TypeScript, or the same as YAML or
 * JSON (`description-text.ts`). `checkShape` says whether something has this form; whether such a
 * machine can be built is `machine-plan.ts`.
 */
import * as v from 'valibot';
import type { DeviceModelFactory } from '../pci/device-model.js';
import type { DescriptionProblem } from './description-error.js';
import { didYouMean, nearestName } from './did-you-mean.js';
import { modelProblem } from './model-check.js';
import { type NetworkDescription, networkSchema } from './network-description.js';

/** A machine. Nothing has to be said but which devices it has. */
export interface MachineDescription {
  /** The JSON schema that editors check the file with. */
  readonly $schema?: string;
  /** Who owns `/dev/vfio` and `/sys`: by default root, and under `uvfio run` whoever starts it. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** The IOMMU between devices and memory. Default: one as Intel's, for type1. */
  readonly iommu?: IommuDescription;
  /**
   * What happens when a driver of its own DMA is bound to a device whose group a program uses: `refuse`
   * it with EBUSY, as Linux does from 5.19 on, or let the VFIO core stop the machine (`panic`), as it did
   * before. Default: `refuse`.
   */
  readonly dmaOwnership?: 'refuse' | 'panic';
  /** Drivers that the machine has beside vfio-pci. They take devices and do nothing with them. */
  readonly drivers?: readonly DriverDescription[];
  /** Networks that are more than what joins NICs of the same `net`. */
  readonly networks?: readonly NetworkDescription[];
  /** The devices. Keys beside those that every device has are options of its model. */
  readonly devices: readonly DeviceDescription[];
  /** Faults on purpose, as `map_dma:ENOMEM@3` (docs/faults.md). */
  readonly faults?: readonly string[];
  /** What random faults depend on: the same seed, the same faults. Default: 0. */
  readonly faultSeed?: number;
}

export interface IommuDescription {
  /** Whether there is one. Without it devices are in no group, and vfio-pci does not take them. Default: true. */
  readonly present?: boolean;
  /**
   * Whether VFIO hands out devices that no IOMMU is in front of (`enable_unsafe_noiommu_mode`). Default: false.
   */
  readonly unsafeNoIommu?: boolean;
  /** IOMMU back ends that can be loaded. Default: `['type1']`. */
  readonly types?: readonly IommuBackend[];
  /** Bits of an address that devices use, 32 to 52. Default: 39. */
  readonly addressBits?: number;
  /** Addresses that it does not translate beside the interrupt window, as `0xa0000-0xbffff`. */
  readonly reserved?: readonly string[];
  /** Bytes. Default: 4 KiB, 2 MiB and 1 GiB. */
  readonly pageSizes?: readonly number[];
  /** Whether DMA is coherent with processor caches (VFIO_DMA_CC_IOMMU). Default: false. */
  readonly cacheCoherent?: boolean;
  /** Whether interrupts are remapped; without it the kernel refuses type1. Default: true. */
  readonly interruptRemapping?: boolean;
  /** Whether it can be nested (VFIO_TYPE1_NESTING_IOMMU). Default: false. */
  readonly nesting?: boolean;
  /** Whether it notes which pages devices write. Default: false. */
  readonly dirtyTracking?: boolean;
}

export type IommuBackend = 'type1' | 'spapr-tce';

export interface DriverDescription {
  readonly name: string;
  /** The devices it takes, as `8086:100e`. Default: those that name it as their driver. */
  readonly ids?: readonly string[];
}

/** One device. Keys beside those named here are options of its model. */
export interface DeviceDescription {
  /** The name of a model that uvfio has, a model of your own, or in a file the module that exports it. */
  readonly model: string | DeviceModelFactory;
  /** PCI address, `0000:00:05.0` or `00:05.0`. Default: the next free slot of bus 0. */
  readonly addr?: string;
  /** The driver it is bound to at first, or `none`. Default: `vfio-pci`, and for bridges `none`. */
  readonly driver?: string;
  /**
   * Devices that say the same here share an IOMMU group; a number is that of the group. Default: as
   * the topology has it.
   */
  readonly group?: string | number;
  readonly [option: string]: unknown;
}

const nonNegative = v.pipe(v.number(), v.integer(), v.minValue(0));

const scalar = v.union(
  [v.string(), v.number(), v.boolean()],
  'has to be text, a number, true or false',
);

const model = v.union(
  [v.string(), v.custom<DeviceModelFactory>((value) => modelProblem(value) === undefined)],
  'has to be the name of a device model, or a model',
);

/** What a description is checked with; the JSON schema for editors is made from it. */
export const descriptionSchema = v.strictObject({
  $schema: v.optional(v.string()),
  owner: v.optional(v.strictObject({ uid: nonNegative, gid: nonNegative })),
  iommu: v.optional(
    v.strictObject({
      present: v.optional(v.boolean()),
      unsafeNoIommu: v.optional(v.boolean()),
      types: v.optional(v.array(v.picklist(['type1', 'spapr-tce']))),
      addressBits: v.optional(
        v.pipe(
          v.number(),
          v.integer(),
          v.minValue(32, 'has to be 32 or more'),
          v.maxValue(52, 'has to be 52 or less'),
        ),
      ),
      reserved: v.optional(v.array(v.string('has to be a range, as 0xa0000-0xbffff'))),
      pageSizes: v.optional(v.array(nonNegative)),
      cacheCoherent: v.optional(v.boolean()),
      interruptRemapping: v.optional(v.boolean()),
      nesting: v.optional(v.boolean()),
      dirtyTracking: v.optional(v.boolean()),
    }),
  ),
  dmaOwnership: v.optional(v.picklist(['refuse', 'panic'])),
  faults: v.optional(v.array(v.string())),
  faultSeed: v.optional(nonNegative),
  drivers: v.optional(
    v.array(v.strictObject({ name: v.string(), ids: v.optional(v.array(v.string())) })),
  ),
  networks: v.optional(v.array(networkSchema)),
  devices: v.array(
    v.objectWithRest(
      {
        model,
        addr: v.optional(v.string()),
        driver: v.optional(v.string()),
        group: v.optional(
          v.union([v.string(), nonNegative], 'has to be a name, or a number from 0 up'),
        ),
      },
      scalar,
    ),
  ),
});

/** The description, or what is wrong with its form. */
export function checkShape(
  value: unknown,
): { readonly description: MachineDescription } | { readonly problems: DescriptionProblem[] } {
  const result = v.safeParse(descriptionSchema, value);
  if (result.success) return { description: result.output as MachineDescription };
  return { problems: result.issues.map(problemOf) };
}

type Issue = v.InferIssue<typeof descriptionSchema>;

function problemOf(issue: Issue): DescriptionProblem {
  const path = (issue.path ?? []).map(({ key }) => key as string | number);
  const key = path.at(-1);
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const known = knownKeys(issue);
    return {
      path,
      isAboutKey: true,
      text: `there is no key '${key}' here`,
      fix: didYouMean(String(key), known) ?? `keys are ${known.join(', ')}`,
    };
  }
  if (issue.received === 'undefined' && issue.path !== undefined) {
    const known = knownKeys(issue);
    const others = Object.keys(Object(issue.path.at(-1)?.input)).filter(
      (other) => !known.includes(other),
    );
    const misspelt = nearestName(String(key), others);
    const fix = misspelt === undefined ? 'add it' : `is it what '${misspelt}' is meant to be?`;
    return { path, text: 'is missing', fix };
  }
  return { path, text: textOf(issue) };
}

/** The keys of the object that an issue's unknown key stands in. */
function knownKeys(issue: Issue): string[] {
  const { entries } = descriptionSchema;
  const places: Record<string, v.ObjectEntries> = {
    '': entries,
    owner: entries.owner.wrapped.entries,
    iommu: entries.iommu.wrapped.entries,
    drivers: entries.drivers.wrapped.item.entries,
    networks: networkSchema.entries,
  };
  const [first, ...rest] = issue.path ?? [];
  const place = rest.length === 0 ? '' : String(first?.key);
  return Object.keys(places[place] ?? {});
}

function textOf(issue: Issue): string {
  if (issue.type === 'union' || issue.message.startsWith('has to be')) return issue.message;
  const received = issue.received === '' ? 'nothing' : issue.received.replaceAll('"', "'");
  const names: Record<string, string> = {
    array: 'a list',
    strict_object: 'keys with values',
    object_with_rest: 'keys with values',
    string: 'text',
    number: 'a number',
    boolean: 'true or false',
    integer: 'a whole number',
    min_value: 'a number from 0 up',
  };
  const wanted =
    names[issue.type] ?? `one of ${issue.expected?.replace(/[()"]/g, '').replaceAll(' | ', ', ')}`;
  return `has to be ${wanted}, and is ${received === 'Object' ? 'keys with values' : received}`;
}

/** The machine, as it is: for files that export one, which editors then help with. */
export function defineMachine(description: MachineDescription): MachineDescription {
  return description;
}
