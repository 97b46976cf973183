/** `eventfd`, `eventfd2`: reported only where eventfds have to be made here (`born-event-fds.unsafe.ts`). */
import type { Host } from '../host.js';
import { EFD_CLOEXEC } from '../native/linux-constants.js';
import { type Answer, CONTINUE, type NativeCall } from '../native-call.js';

export function createEventFd(host: Host, call: NativeCall, flags: number): Answer {
  const fd = host.bornEventFds?.create(call.uint(0), flags);
  if (fd === undefined) return CONTINUE;
  return fd < 0 ? fd : call.answerWithDescriptor(fd, (flags & EFD_CLOEXEC) !== 0);
}
