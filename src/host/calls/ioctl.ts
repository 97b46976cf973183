/** `ioctl` on the machine's files, whatever their number. */
import type { SyscallResult } from '../../kernel/file.js';
import type { Host } from '../host.js';
import { libc } from '../native/libc.unsafe.js';
import type { NotificationToken } from '../native/notification-listener.unsafe.js';
import { type Answer, CONTINUE, type NativeCall } from '../native-call.js';
import type { NativeProcess } from '../native-process.js';

/** Requests that are answered for every descriptor, before its file is asked: FIONBIO, FIONCLEX, FIOCLEX, … */
const GENERIC_REQUESTS: ReadonlySet<number> = new Set([0x5421, 0x5450, 0x5451, 0x5452]);

export function ioctlFile(host: Host, call: NativeCall): Answer {
  const file = host.fileOf(call.tid, call.int(0));
  const command = call.uint(1);
  if (file === undefined || GENERIC_REQUESTS.has(command)) return CONTINUE;
  const { process } = call;
  const result: SyscallResult = call.isCompat
    ? host.calls.compatIoctl(process.task, file, command, call.argument(2))
    : host.calls.ioctl(process.task, file, command, call.argument(2));
  if (typeof result !== 'number') {
    const token = call.token();
    return result.then((value) => deliver(host, call, process, value, token));
  }
  return deliver(host, call, process, result);
}

/** A request may have opened a file: it goes into the program before the answer does. */
function deliver(
  host: Host,
  call: NativeCall,
  process: NativeProcess,
  result: number,
  token?: NotificationToken,
): number {
  const pending = process.files.takePending();
  if (pending === undefined) return result;
  const fd = host.openFiles.create(pending.file);
  const error = call.addDescriptor(fd, pending.fd, pending.closeOnExec, token);
  libc().close(fd);
  return error < 0 ? error : result;
}
