/** Records what happens in a machine, from now on. */
import type { Machine } from '../machine.js';
import { type Recorder, recordCalls, recordDevices, recordTurns } from '../recording/index.js';
import { recordFunctions } from './record-functions.js';

export function recordMachine(recorder: Recorder, { kernel, pci }: Machine): void {
  recordFunctions(recorder, pci, kernel.diagnostics);
  recordCalls(recorder, kernel.diagnostics);
  recordDevices(recorder, kernel.diagnostics);
  if (recorder.isFull) recordTurns(recorder, kernel);
}
