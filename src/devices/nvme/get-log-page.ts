/** The command Get Log Page (NVM Express 1.4 §5.14). */
import { type AsyncEvents, EventType } from './async-events.js';
import { BROADCAST_NSID, type Command } from './command.js';
import type { DataTransfer } from './data-transfer.js';
import { LogPage, type Logs } from './logs.js';
import type { Namespace } from './namespace.js';
import { CommandError, Status } from './status.js';

/** What was told stays told. */
const RETAIN_EVENT = 0x8000;

export interface LogParts {
  readonly namespace: Namespace;
  readonly transfer: DataTransfer;
  readonly logs: Logs;
  readonly events: AsyncEvents;
}

/** @throws CommandError */
export function getLogPage(command: Command, parts: LogParts): void {
  const id = command.dword(10) & 0xff;
  const dwords = (command.dword(11) & 0xffff) * 2 ** 16 + (command.dword(10) >>> 16) + 1;
  const offset = command.dword(13) * 2 ** 32 + command.dword(12);
  if (id === LogPage.health) checkNamespace(command.nsid, parts.namespace);
  const page = parts.logs.page(id);
  if (offset % 4 !== 0 || offset > page.length) throw new CommandError(Status.invalidField);
  parts.transfer.toHost(command, page.subarray(offset, offset + 4 * dwords));
  if ((command.dword(10) & RETAIN_EVENT) === 0) acknowledge(id, parts);
}

/** Health is of the whole controller: namespaces have none of their own. */
function checkNamespace(nsid: number, namespace: Namespace): void {
  if (nsid === 0 || nsid === BROADCAST_NSID) return;
  throw new CommandError(nsid === namespace.id ? Status.invalidField : Status.invalidNamespace);
}

function acknowledge(id: number, { events, logs }: LogParts): void {
  if (id === LogPage.error) events.acknowledge(EventType.error);
  if (id === LogPage.health) events.acknowledge(EventType.health);
  if (id === LogPage.changedNamespaces) {
    logs.forgetChangedNamespaces();
    events.acknowledge(EventType.notice);
  }
}
