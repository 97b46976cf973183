/**
 * Runs a recorded session against a fresh machine, without its programs: does to the machine what was done
 * to it, answers what it asks with what it was answered, and compares all that it does with what it did.
 * The machine's thread runs to completion and has no clock of its own, so the same goes in and the same
 * has to come out, byte by byte.
 */
import type { Machine } from '../machine.js';
import type { ModelLoader } from '../machine/control/controller.js';
import type { MachinePlan } from '../machine/machine-plan.js';
import { type AreEqual, type Recorded, RecordingError, type RecordOf } from '../recording/index.js';
import { Comparison, type Difference } from './comparison.js';
import { RecordCursor } from './record-cursor.js';
import { Replayer } from './replayer.js';

/** What a replay has of its surroundings. */
export interface ReplayOptions {
  /** Makes the plan of the machine that was recorded. @throws DescriptionError */
  readonly plan: (machine: RecordOf<'machine'>) => Promise<MachinePlan>;
  /** Loads models that were plugged in while it ran. Default: those that have files are not there. */
  readonly loadModel?: ModelLoader;
  /** Lets everything run that waits for promises already fulfilled. */
  readonly settle: () => Promise<void>;
  readonly areEqual: AreEqual;
  /** Told of each record when it lies behind. */
  readonly passed?: (record: Recorded) => void;
}

/** What came of a replay. */
export interface ReplayResult {
  /** Records that came out the same. */
  readonly records: number;
  /** Where it first differs, if it does. */
  readonly difference: Difference | undefined;
  /** The machine, as it is at the end. */
  readonly machine: Machine;
}

/**
 * Replays a session.
 * @param records may end anywhere: what goes beyond is not compared
 * @throws RecordingError for what is no recording, or DescriptionError when the machine can't be built
 */
export async function replay(
  records: Iterator<Recorded>,
  options: ReplayOptions,
): Promise<ReplayResult> {
  const cursor = new RecordCursor(records, options.passed);
  const described = cursor.peekAt('machine');
  if (described === undefined)
    throw new RecordingError('nothing is in it: its machine was never built');
  const plan = await options.plan(described);
  cursor.skip();
  const comparison = new Comparison(cursor);
  const owner = ownerOf(described);
  const replayer = new Replayer({ ...options, cursor, comparison, plan, owner });
  await replayer.run();
  const { difference } = comparison;
  return { records: cursor.position, difference, machine: replayer.machine };
}

/** `1000:1000` */
function ownerOf({ owner }: RecordOf<'machine'>): { uid: number; gid: number } {
  const [uid = 0, gid = 0] = owner.split(':').map(Number);
  return { uid, gid };
}
