/**
 * Replays recordings. It takes most of uvfio to do that, so this lies in a file of its own, which the command
 * loads when it needs it: nothing here may be imported by others, but for types.
 */
import { loadMachine, type MachineChoice, loadWritten } from '../config/load-machine.js';
import { withModuleModel } from '../config/module-models.js';
import { UserModules } from '../config/user-modules.js';
import { ownModules } from '../host/own-modules.js';
import { readRecording, type RecordingHeader } from '../host/recording/recording-file.js';
import type { MachineDescription } from '../machine/description.js';
import { DescriptionError } from '../machine/description-error.js';
import type { MachinePlan } from '../machine/machine-plan.js';
import { type Recorded, RecordingError, type RecordOf } from '../recording/index.js';
import type { Difference } from '../replay/comparison.js';
import { replay } from '../replay/replay.js';

/** What came of a recording. */
export type Outcome =
  /** It could not be replayed. */
  | { readonly kind: 'failed'; readonly message: string }
  | {
      readonly kind: 'replayed';
      readonly header: RecordingHeader;
      /** Records that came out the same. */
      readonly records: number;
      readonly difference: Difference | undefined;
      /** Whether the recording goes to the end of its session. */
      readonly isComplete: boolean;
    };

/**
 * Replays a recording.
 * @param folder what files of models are relative to
 * @param passed told of each record when it lies behind
 */
export async function replayFile(
  path: string,
  folder: string,
  passed: (record: Recorded) => void,
): Promise<Outcome> {
  const modules = new UserModules(ownModules);
  try {
    const { header, records } = readRecording(path);
    let isComplete = false;
    const noticing = (function* () {
      isComplete = (yield* records) === 'complete';
    })();
    const { difference, ...result } = await replay(noticing, {
      plan: (machine) => planOf(machine, folder, modules),
      loadModel: (device) => withModuleModel(device, modules, folder),
      settle: () => new Promise((resolve) => setImmediate(resolve)),
      areEqual: (one, other) => Buffer.compare(one, other) === 0,
      passed,
    });
    return { kind: 'replayed', header, records: result.records, difference, isComplete };
  } catch (error) {
    if (!(error instanceof RecordingError || error instanceof DescriptionError)) throw error;
    const isNamed = error.message.startsWith(path);
    return { kind: 'failed', message: isNamed ? error.message : `${path}: ${error.message}` };
  }
}

/** The machine that was recorded: as described there or, where that can't be, as chosen here once more. */
async function planOf(
  { description, choice }: RecordOf<'machine'>,
  folder: string,
  modules: UserModules,
): Promise<MachinePlan> {
  if (description !== '') {
    return await loadWritten(parsed<MachineDescription>(description), folder, modules);
  }
  const { plan } = await loadMachine(parsed<MachineChoice>(choice), folder, modules);
  return plan;
}

/** @throws RecordingError */
function parsed<T>(text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new RecordingError('it is damaged: what it says of its machine is no JSON');
  }
}
