// Steps as commands of fast-check, which makes sequences of them and shrinks those that fail.
import fc from 'fast-check';
import { checkInvariants } from './invariants.js';
import { snapshot } from './snapshot.js';
import type { Step } from './step.js';
import { steps } from './steps.js';
import type { World } from './world.js';

/** A fault to strike during a step. */
interface Fault {
  readonly site: string;
  readonly nth: number;
}

const SITES = [
  'kzalloc',
  'iommu_group_register_notifier',
  'idr_alloc',
  'device_create',
  'strndup_user',
  'get_unused_fd_flags',
  'anon_inode_getfile',
  'copy_from_user',
  'get_user',
];

class StepCommand implements fc.AsyncCommand<World, World> {
  readonly #step: Step;
  readonly #choice: number;
  readonly #fault: Fault | undefined;
  #label = '';

  constructor(step: Step, choice: number, fault: Fault | undefined) {
    this.#step = step;
    this.#choice = choice;
    this.#fault = fault;
  }

  check(world: World): boolean {
    return this.#step.candidates(world).length > 0;
  }

  async run(world: World): Promise<void> {
    const candidates = this.#step.candidates(world);
    const candidate = candidates[this.#choice % candidates.length];
    if (candidate === undefined) return;
    this.#label = candidate.label;
    const before = snapshot(world);
    const { faults } = world.kernel;
    if (this.#fault !== undefined) faults.arm(this.#fault.site, { nth: this.#fault.nth });
    const result = await candidate.act(Math.floor(this.#choice / candidates.length));
    faults.clear();
    await world.runWhoCan();
    if (result !== undefined && result < 0 && snapshot(world) !== before) {
      throw new Error(`a call that fails leaves no trace: ${before} became ${snapshot(world)}`);
    }
    checkInvariants(world);
  }

  toString(): string {
    const fault = this.#fault === undefined ? '' : `, ${this.#fault.site} fails`;
    return `${this.#step.name}(${this.#label}${fault})`;
  }
}

/** Sequences of steps, most without faults. */
export function sequences(
  maximumLength: number,
): fc.Arbitrary<Iterable<fc.AsyncCommand<World, World>>> {
  const fault = fc.record({
    site: fc.constantFrom(...SITES),
    nth: fc.integer({ min: 1, max: 2 }),
  });
  const rarelyFault = fc.oneof(
    { weight: 9, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fault },
  );
  const commands = steps.flatMap((step) => {
    const command = fc
      .tuple(fc.nat(9999), rarelyFault)
      .map(([choice, possible]) => new StepCommand(step, choice, possible));
    return Array.from({ length: step.weight }, () => command);
  });
  return fc.commands(commands, { maxCommands: maximumLength, size: 'max' });
}
