/** What of a session a trace shows. */
import type { SessionCall } from '../session-call.js';
import type { EventText, EventTopic } from './event-text.js';

/** Topics of calls: opening and closing, requests, registers and attributes, paths. */
export type CallTopic = 'open' | 'ioctl' | 'io' | 'path';
export type Topic = CallTopic | EventTopic;

export const TOPICS: Readonly<Record<Topic, string>> = {
  open: 'open, close, dup and release of files',
  ioctl: 'requests',
  io: 'reads, writes and mmap',
  path: 'readlink, stat and other calls on paths of VFIO',
  dma: 'memory accesses of devices',
  fault: 'refused memory accesses of devices',
  interrupt: 'what becomes of interrupts',
  register: 'stores to mapped registers, registers that no model has',
  mapping: 'mappings made and removed',
  reset: 'resets',
  command: 'bus mastering and decoding',
  activity: 'what models say they do',
  log: "the machine's kernel log",
};

/** Calls say what they map, and the log is for those who ask. */
const DEFAULT_TOPICS: readonly Topic[] = [
  'open',
  'ioctl',
  'io',
  'path',
  'dma',
  'fault',
  'interrupt',
  'register',
  'reset',
  'command',
  'activity',
];

export interface FilterOptions {
  /** Default: all but `mapping` and `log`. */
  readonly topics?: readonly Topic[];
  /** Devices by address. Default: all. */
  readonly devices?: readonly string[];
  readonly errorsOnly?: boolean;
  /** Whether paths and files that have nothing to do with VFIO are shown. */
  readonly allPaths?: boolean;
}

const CALL_TOPICS: Readonly<Record<string, CallTopic>> = {
  open: 'open',
  close: 'open',
  ioctl: 'ioctl',
  read: 'io',
  write: 'io',
  mmap: 'io',
  lseek: 'io',
  chmod: 'path',
  chown: 'path',
};

const VFIO_PATH = /vfio|iommu_group|driver_override|\/(bind|unbind|new_id|remove_id|reset)$/;

export class TraceFilter {
  readonly #topics: ReadonlySet<Topic>;
  readonly #devices: ReadonlySet<string> | undefined;
  readonly #errorsOnly: boolean;
  readonly #allPaths: boolean;

  constructor(options: FilterOptions = {}) {
    this.#topics = new Set(options.topics ?? DEFAULT_TOPICS);
    this.#devices = options.devices && new Set(options.devices);
    this.#errorsOnly = options.errorsOnly ?? false;
    this.#allPaths = options.allPaths ?? false;
  }

  wantsCall(call: SessionCall): boolean {
    if (!this.#topics.has(callTopic(call))) return false;
    if (this.#errorsOnly && call.result >= 0) return false;
    if (!this.#allPaths && !isOfVfio(call)) return false;
    const device = call.file?.device;
    return this.#devices === undefined || device === undefined || this.#devices.has(device);
  }

  wantsEvent({ topic, device, isFault }: EventText): boolean {
    if (!this.#topics.has(topic)) return false;
    if (this.#errorsOnly && !isFault) return false;
    return this.#devices === undefined || device === undefined || this.#devices.has(device);
  }
}

function callTopic({ entered, name, path }: SessionCall): CallTopic {
  const topic = entered && CALL_TOPICS[entered.kind];
  if (topic !== undefined) return topic;
  return path === undefined || name.startsWith('open') ? 'open' : 'path';
}

/** Whether a call is about VFIO: its files, or what of sysfs belongs to it. */
function isOfVfio({ file, path, entered }: SessionCall): boolean {
  const name = path ?? file?.label ?? (entered?.kind === 'open' ? entered.path : undefined);
  return name === undefined || VFIO_PATH.test(name);
}
