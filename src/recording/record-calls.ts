/** System calls of a machine, from its channels into a recording. */
import type { Diagnostics, SystemCall, SystemCallEnd } from '../kernel/diagnostics.js';
import type { Recorder } from './recorder.js';

/** Records the calls from now on. Returns what ends it. */
export function recordCalls(recorder: Recorder, channels: Diagnostics): () => void {
  /** The call that was entered last, which most often ends next; `count` is its number. */
  let last: SystemCall | undefined;
  let count = 0;
  /** Others that have not ended, with their numbers. */
  const running = new Map<SystemCall, number>();
  const enter = (call: SystemCall): void => {
    recorder.sharedMemories.take();
    writeCall(recorder, call);
    if (last !== undefined) running.set(last, count);
    last = call;
    count += 1;
  };
  const exit = ({ call, result, file }: SystemCallEnd): void => {
    const number = call === last ? count : running.get(call);
    if (number === undefined) return;
    if (call === last) last = undefined;
    else running.delete(call);
    const opened = file === undefined ? 0 : recorder.file(file);
    recorder.write('exit', { call: number, result, file: opened });
  };
  const ends = [channels.systemCallEnter.subscribe(enter), channels.systemCallExit.subscribe(exit)];
  return () => {
    for (const end of ends) end();
  };
}

function writeCall(recorder: Recorder, call: SystemCall): void {
  switch (call.name) {
    case 'open':
      recorder.write('open', {
        task: recorder.task(call.task),
        path: call.path,
        flags: call.flags >>> 0,
      });
      return;
    case 'read':
    case 'write':
      recorder.write(call.name, {
        task: recorder.task(call.task),
        file: recorder.file(call.file),
        address: call.address,
        count: call.count,
        offset: call.offset ?? -1,
      });
      return;
    case 'ioctl':
      recorder.write('ioctl', {
        task: recorder.task(call.task),
        file: recorder.file(call.file),
        command: call.command,
        argument: call.argument,
        isCompat: call.isCompat,
      });
      return;
    case 'mmap': {
      const { length, protection, isShared, offset } = call.request;
      recorder.write('mmap', {
        task: recorder.task(call.task),
        file: recorder.file(call.file),
        length,
        protection: protection >>> 0,
        isShared,
        offset,
      });
      return;
    }
    case 'close':
      recorder.write('close', { file: recorder.file(call.file) });
      return;
    case 'lseek': {
      const { offset, whence } = call;
      recorder.write('lseek', { file: recorder.file(call.file), offset, whence: whence >>> 0 });
      return;
    }
    case 'chmod': {
      const { path, mode } = call;
      recorder.write('chmod', { task: recorder.task(call.task), path, mode: mode >>> 0 });
      return;
    }
    case 'chown': {
      const { path, owner, followLast: followsLast } = call;
      recorder.write('chown', { task: recorder.task(call.task), path, ...owner, followsLast });
    }
  }
}
