/** A program's task, with what the machine asks of it written down. */
import { type Credentials, Task, type TaskOptions } from '../kernel/task.js';
import type { Recorder } from './recorder.js';
import { type DescriptorKnowledge, RecordedFiles } from './recorded-files.js';
import { RecordedMemory } from './recorded-memory.js';

export function recordedTask(
  recorder: Recorder,
  options: TaskOptions,
  known: DescriptorKnowledge,
): Task {
  const { pid, comm } = options;
  const memory = new RecordedMemory(recorder, options.memory);
  const number = recorder.tasks.take();
  recorder.write('task', { task: number, memory: memory.number, pid, comm, isProgram: true });
  const task = new Task({
    pid,
    comm,
    memory,
    files: new RecordedFiles(recorder, number, options.files, known),
    credentials: () => {
      const credentials = options.credentials();
      recorder.write('credentials', { task: number, ...credentialFields(credentials) });
      return credentials;
    },
    memlockLimit: () => {
      const bytes = options.memlockLimit();
      recorder.write('memlock', { task: number, bytes });
      return bytes;
    },
  });
  recorder.tasks.set(task, number);
  return task;
}

const DAC_OVERRIDE = 1;
const IPC_LOCK = 2;
const SYS_ADMIN = 4;

function credentialFields(credentials: Credentials) {
  const { uid, gid, groups, dacOverride, ipcLock, sysAdmin } = credentials;
  const capabilities =
    (dacOverride ? DAC_OVERRIDE : 0) | (ipcLock ? IPC_LOCK : 0) | (sysAdmin ? SYS_ADMIN : 0);
  return { uid, gid, groups: groups?.join(',') ?? '', capabilities };
}

/** The credentials that a record has. */
export function credentialsOf(fields: ReturnType<typeof credentialFields>): Credentials {
  const { uid, gid, groups, capabilities } = fields;
  return {
    uid,
    gid,
    groups: groups === '' ? [] : groups.split(',').map(Number),
    dacOverride: (capabilities & DAC_OVERRIDE) !== 0,
    ipcLock: (capabilities & IPC_LOCK) !== 0,
    sysAdmin: (capabilities & SYS_ADMIN) !== 0,
  };
}
