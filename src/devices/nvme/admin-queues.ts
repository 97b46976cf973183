/** The admin queues, which registers describe instead of commands (NVM Express 1.4 §3.1.8 to §3.1.10). */
import { CompletionQueue, SubmissionQueue } from './queues.js';
import type { RegisterFile } from './register-file.js';
import {
  ACQ,
  AQA,
  ASQ,
  CC,
  configuration,
  CSS_ADMIN_ONLY,
  CSS_ALL,
  CSS_NVM,
  MPS_MAXIMUM,
} from './registers.js';

/** The queues that a controller is enabled with; undefined: it can't be with these registers. */
export function adminQueues(registers: RegisterFile): SubmissionQueue | undefined {
  const cc = registers.get(CC);
  const sizes = registers.get(AQA);
  const [submissionSize, completionSize] = [(sizes & 0xfff) + 1, (sizes >>> 16) + 1];
  const [submission, completion] = [registers.get64(ASQ), registers.get64(ACQ)];
  const pageBits = configuration.pageBits(cc);
  const isPossible =
    pageBits <= 12 + MPS_MAXIMUM &&
    BigInt.asUintN(pageBits, submission | completion) === 0n &&
    submissionSize > 1 &&
    completionSize > 1 &&
    configuration.arbitration(cc) === 0 &&
    [CSS_NVM, CSS_ALL, CSS_ADMIN_ONLY].includes(configuration.commandSets(cc));
  if (!isPossible) return undefined;
  const completions = new CompletionQueue({
    id: 0,
    address: completion,
    size: completionSize,
    vector: 0,
  });
  return new SubmissionQueue({ id: 0, address: submission, size: submissionSize, completions });
}
