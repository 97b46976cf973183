/** Recording what happens in a machine, and reading it back. */
export { ByteReader, RecordingError } from './byte-reader.js';
export { recordCalls } from './record-calls.js';
export { recordDevices, recordLog } from './record-devices.js';
export {
  type Fields,
  type Recorded,
  type RecordKind,
  type RecordOf,
  layoutsFingerprint,
  readRecord,
} from './record.js';
export { Recorder, type RecordSink } from './recorder.js';
export { recordedDisks } from './recorded-disk.js';
export { type DescriptorKnowledge, FOREIGN, RecordedFiles } from './recorded-files.js';
export { credentialsOf, recordedTask } from './recorded-task.js';
export { recordedClock, recordLooks, recordTurns } from './recorded-turns.js';
export { RecordedSharedMemory } from './recorded-shared-memory.js';
export { type AreEqual, SharedMemories } from './shared-memories.js';
export { recordedSurroundings } from './recorded-surroundings.js';
export { digest } from './digest.js';
export { StreamSink } from './stream-sink.js';
