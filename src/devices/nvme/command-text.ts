/** Commands in words, for traces: `Identify Controller`, `Read blocks 0 to 7 of namespace 1`. */
import { Admin, type Command, Io } from './command.js';
import { Feature } from './features.js';
import { Status } from './status.js';

type Words = (command: Command) => string;

/** CNS values of Identify (§5.15.1). */
const IDENTIFY: Readonly<Record<number, Words>> = {
  0: ({ nsid }) => `Namespace ${nsid}`,
  1: () => 'Controller',
  2: ({ nsid }) => `active namespaces after ${nsid}`,
  3: ({ nsid }) => `descriptors of namespace ${nsid}`,
};

const ADMIN: Readonly<Record<number, Words>> = {
  [Admin.deleteSubmissionQueue]: (command) => `Delete I/O Submission Queue ${queueId(command)}`,
  [Admin.createSubmissionQueue]: (command) =>
    `Create I/O Submission Queue ${queueId(command)}: ${entries(command)}, completions to queue ${command.dword(11) >>> 16}`,
  [Admin.getLogPage]: (command) => `Get Log Page ${hex(command.dword(10) & 0xff)}`,
  [Admin.deleteCompletionQueue]: (command) => `Delete I/O Completion Queue ${queueId(command)}`,
  [Admin.createCompletionQueue]: (command) =>
    `Create I/O Completion Queue ${queueId(command)}: ${entries(command)}, ${interruptText(command)}`,
  [Admin.identify]: (command) => {
    const cns = command.dword(10) & 0xff;
    return `Identify ${IDENTIFY[cns]?.(command) ?? `CNS ${hex(cns)}`}`;
  },
  [Admin.abort]: (command) => `Abort command ${command.dword(10) >>> 16}`,
  [Admin.setFeatures]: (command) => `Set Features: ${featureText(command)}`,
  [Admin.getFeatures]: (command) => `Get Features: ${featureText(command)}`,
  [Admin.asyncEventRequest]: () => 'Asynchronous Event Request',
  [Admin.namespaceManagement]: () => 'Namespace Management',
  [Admin.firmwareCommit]: () => 'Firmware Commit',
  [Admin.firmwareImageDownload]: () => 'Firmware Image Download',
  [Admin.namespaceAttachment]: ({ nsid }) => `Namespace Attachment of namespace ${nsid}`,
  [Admin.formatNvm]: ({ nsid }) => `Format NVM: namespace ${nsid}`,
};

const IO: Readonly<Record<number, Words>> = {
  [Io.flush]: ({ nsid }) => `Flush namespace ${nsid}`,
  [Io.write]: (command) => `Write ${blocks(command)}`,
  [Io.read]: (command) => `Read ${blocks(command)}`,
  [Io.compare]: (command) => `Compare ${blocks(command)}`,
  [Io.writeZeroes]: (command) => `Write Zeroes to ${blocks(command)}`,
  [Io.datasetManagement]: ({ nsid }) => `Dataset Management of namespace ${nsid}`,
  [Io.verify]: (command) => `Verify ${blocks(command)}`,
};

/** What a command of a queue asks for. */
export function commandText(command: Command, queue: number): string {
  const words = (queue === 0 ? ADMIN : IO)[command.opcode];
  const text = words?.(command) ?? `opcode ${hex(command.opcode)}, which there is not`;
  return `${queue === 0 ? 'admin queue' : `I/O queue ${queue}`}: ${text}`;
}

const STATUS_NAMES = namesOf(Status);

/** `LBA out of range (80h)`: the code and type of a status field in words. */
export function statusText(status: number): string {
  const code = status & 0x7ff;
  return `${STATUS_NAMES.get(code) ?? 'status'} (${hex(code)})`;
}

const FEATURE_NAMES = namesOf(Feature);

function featureText(command: Command): string {
  const feature = command.dword(10) & 0xff;
  return FEATURE_NAMES.get(feature) ?? hex(feature);
}

/** `invalidPrpOffset` in words: invalid prp offset. */
function namesOf(constants: Readonly<Record<string, number>>): ReadonlyMap<number, string> {
  return new Map(
    Object.entries(constants).map(([name, value]) => [
      value,
      name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
    ]),
  );
}

function queueId(command: Command): number {
  return command.dword(10) & 0xffff;
}

function entries(command: Command): string {
  return `${(command.dword(10) >>> 16) + 1} entries`;
}

/** CDW11.IEN and IV (§5.3). */
function interruptText(command: Command): string {
  const isEnabled = (command.dword(11) & 2) !== 0;
  return isEnabled ? `interrupt vector ${command.dword(11) >>> 16}` : 'no interrupts';
}

/** Completions that were put into a queue. */
export function postedText(queue: number, entries: number): string {
  const name = queue === 0 ? 'admin completion queue' : `I/O completion queue ${queue}`;
  return `${name}: ${entries === 1 ? '1 entry' : `${entries} entries`} added`;
}

function blocks(command: Command): string {
  const { startingBlock: first, blocks: count, nsid } = command;
  const range = count === 1 ? `block ${first}` : `blocks ${first} to ${first + count - 1}`;
  return `${range} of namespace ${nsid}`;
}

/** As the specification writes them. */
function hex(value: number): string {
  return `${value.toString(16).toUpperCase().padStart(2, '0')}h`;
}
