// What the probe printed on the recorded kernel.

import { readTar } from '../archive/tar.js';
import { parseSteps, type Step } from './probe.js';
import type { ProbeRun } from './runs.js';

const RECORDINGS = 'conformance/linux/recordings.tar.gz';

let files: ReadonlyMap<string, Buffer> | undefined;

/** The lines of a run's recording. @throws Error when there is none */
export function recordedSteps({ name }: ProbeRun): Step[] {
  files ??= readTar(RECORDINGS);
  const file = `recordings/linux-6.1-${name}.jsonl`;
  const text = files.get(file);
  if (text === undefined) throw new Error(`${RECORDINGS} has no ${file}`);
  return parseSteps(text.toString());
}
