/**
 * A session as people think of it, made from its records: calls of programs, each with what it read and
 * wrote and what it caused, and events that no call caused.
 */
import type { Recorded, RecordOf } from '../recording/index.js';
import { VFIO_SET_IOMMU, VFIO_SPAPR_TCE_IOMMU, VFIO_SPAPR_TCE_v2_IOMMU } from '../uapi/vfio.js';
import { fileKind } from './decode/ioctl-names.js';
import { DescriptorFiles } from './descriptor-files.js';
import {
  type Entered,
  memoryAt,
  newCall,
  type SessionCall,
  type SessionFile,
} from './session-call.js';
import { isEvent, type SessionEvent } from './session-event.js';

/** A device of the machine. */
export interface SessionDevice {
  readonly name: string;
  readonly model: string;
  /** Where its capabilities lie, by id. */
  readonly capabilities: ReadonlyMap<number, number>;
  /** What the data sheet calls registers, by region and offset (`registerKey`). */
  readonly registerNames: Map<string, string>;
}

/** Of a register, for `SessionDevice.registerNames`. */
export function registerKey(region: number, offset: number): string {
  return `${region}+${offset}`;
}

/** Told of what there is to tell, in order. */
export interface SessionListener {
  call?(call: SessionCall): void;
  event?(event: SessionEvent, us: number): void;
}

interface Process {
  readonly pid: number;
  readonly comm: string;
  readonly isProgram: boolean;
}

const NOBODY: Process = { pid: 0, comm: '', isProgram: false };

export class Session {
  readonly devices = new Map<string, SessionDevice>();
  readonly #listeners: readonly SessionListener[];
  readonly #tasks = new Map<number, Process>();
  readonly #files = new Map<number, SessionFile>();
  readonly #descriptors = new DescriptorFiles();
  /** The call that was entered last, which most often ends next; `#count` is its number. */
  #last: SessionCall | undefined;
  /** Others that have not ended, by their numbers. */
  readonly #running = new Map<number, SessionCall>();
  #current: SessionCall | undefined;
  #count = 0;
  #us = 0;

  constructor(listeners: readonly SessionListener[]) {
    this.#listeners = listeners;
  }

  /** Microseconds since the session began, as far as is known. */
  get us(): number {
    return this.#us;
  }

  /** The call that is being handled, as far as it is known. */
  get current(): SessionCall | undefined {
    return this.#current;
  }

  add(record: Recorded): void {
    switch (record.kind) {
      case 'function':
        this.#addDevice(record);
        return;
      case 'registerName': {
        const key = registerKey(record.region, record.offset);
        this.devices.get(record.device)?.registerNames.set(key, record.name);
        return;
      }
      case 'task':
        this.#tasks.set(record.task, record);
        return;
      case 'file':
        this.#addFile(record);
        return;
      case 'begin':
        this.#begin(record);
        return;
      case 'end':
        this.#end(record);
        return;
      case 'path':
        if (this.#current === undefined) return;
        this.#current.path = record.path;
        if (record.target !== '') this.#current.target = record.target;
        return;
      case 'clock':
        this.#us = Math.max(this.#us, record.us);
        return;
      case 'open':
      case 'read':
      case 'write':
      case 'ioctl':
      case 'mmap':
      case 'lseek':
      case 'chmod':
      case 'chown':
      case 'close':
        this.#enter(record);
        return;
      case 'exit':
        this.#exit(record);
        return;
      case 'userRead':
        this.#current?.reads.push(record);
        return;
      case 'userWrite':
        this.#current?.writes.push(record);
        return;
      case 'install':
        if (this.#current !== undefined) {
          this.#current.fd = record.fd;
          this.#current.given = this.#files.get(record.file);
        }
        return;
      default:
        if (isEvent(record)) this.#event(record);
    }
  }

  #addDevice({ device, model, capabilities }: RecordOf<'function'>): void {
    const places = capabilities.split(' ').filter((place) => place !== '');
    this.devices.set(device, {
      name: device,
      model,
      capabilities: new Map(
        places.map((place) => {
          const [id = 0, offset = 0] = place.split('@').map(Number);
          return [id, offset];
        }),
      ),
      registerNames: new Map(),
    });
  }

  #addFile({ file, label }: RecordOf<'file'>): void {
    const call = this.#current;
    const device = fileKind(label) === 'device' ? deviceAskedFor(call) : undefined;
    this.#files.set(file, { number: file, label, device, isSpapr: false });
  }

  #begin(record: RecordOf<'begin'>): void {
    const { pid, comm } = this.#tasks.get(record.task) ?? NOBODY;
    const { a0, a1, a2, a3, a4, a5 } = record;
    this.#leave();
    this.#us = record.us;
    const caller = { pid, tid: record.tid, comm };
    this.#current = newCall(record.name, record.us, caller, [a0, a1, a2, a3, a4, a5]);
    if (ON_DESCRIPTOR.has(record.name)) this.#current.file = this.#descriptors.of(pid, a0);
  }

  #end({ us, result, fd, tid }: RecordOf<'end'>): void {
    this.#us = us;
    const call = this.#callOf(tid);
    if (call === undefined) return;
    if (call === this.#current) this.#current = undefined;
    call.endUs = us;
    // The real kernel has run the call: what the machine said to it is all that is known.
    if (fd === ELSEWHERE) call.isElsewhere = true;
    else call.result = result;
    if (fd >= 0) {
      call.fd = fd;
      call.given ??= call.file;
    }
    if (call.fd !== undefined || ON_DESCRIPTOR.has(call.name)) this.#descriptors.ended(call);
    this.#tell(call);
  }

  /** The current call sleeps: what it has caused so far comes before what others do meanwhile. */
  #leave(): void {
    const events = this.#current?.events.splice(0) ?? [];
    this.#current = undefined;
    for (const event of events) this.#event(event);
  }

  /** The call of a thread that has not ended: the current one, or one that slept. */
  #callOf(tid: number): SessionCall | undefined {
    if (this.#current?.tid === tid) return this.#current;
    for (const call of this.#running.values()) if (call.tid === tid) return call;
    return this.#last?.tid === tid ? this.#last : undefined;
  }

  #enter(record: Entered): void {
    this.#count += 1;
    const isOfHost = 'task' in record && this.#tasks.get(record.task)?.isProgram === false;
    if (this.#current === undefined || record.kind === 'close') {
      const { pid, comm } = ('task' in record && this.#tasks.get(record.task)) || NOBODY;
      const name = record.kind === 'close' ? 'release' : record.kind;
      this.#leave();
      this.#current = newCall(name, this.#us, { pid, tid: pid, comm });
    }
    const call = this.#current;
    if (this.#last !== undefined) this.#running.set(this.#count - 1, this.#last);
    this.#last = call;
    if (isOfHost) return;
    call.entered = record;
    if ('file' in record) call.file = this.#files.get(record.file);
  }

  #exit({ call: number, result, file }: RecordOf<'exit'>): void {
    const call = this.#takeRunning(number);
    if (call === undefined) return;
    if (file !== 0) call.file = this.#files.get(file);
    if (result >= 0) noteIommu(call);
    if (call.entered !== undefined) call.result = result;
    if (call.arguments.length > 0) return;
    // A call of this process, or a release, has no other end.
    call.endUs = this.#us;
    if (call === this.#current) this.#current = undefined;
    this.#tell(call);
  }

  /** The call of some number that has not ended; it ends. */
  #takeRunning(number: number): SessionCall | undefined {
    if (number === this.#count) {
      const last = this.#last;
      this.#last = undefined;
      return last;
    }
    const call = this.#running.get(number);
    this.#running.delete(number);
    return call;
  }

  #event(event: SessionEvent): void {
    if (this.#current !== undefined) {
      this.#current.events.push(event);
      return;
    }
    for (const listener of this.#listeners) listener.event?.(event, this.#us);
  }

  #tell(call: SessionCall): void {
    if (isOfNothing(call)) return;
    for (const listener of this.#listeners) listener.call?.(call);
  }
}

/** What the host did by itself, on the occasion of a call. */
function isOfNothing({ entered, path, events, name }: SessionCall): boolean {
  if (entered !== undefined || path !== undefined || events.length > 0) return false;
  return !DESCRIPTOR_CALLS.has(name);
}

/** Calls on one descriptor that the machine itself is not asked about, */
const ON_DESCRIPTOR: ReadonlySet<string> = new Set(['close', 'dup', 'dup2', 'dup3', 'fcntl']);
/** or on several. */
const DESCRIPTOR_CALLS: ReadonlySet<string> = new Set([...ON_DESCRIPTOR, 'close_range']);

/** As `end` records have it: the real kernel has run the call. */
const ELSEWHERE = -2;

const SPAPR_TYPES: readonly number[] = [VFIO_SPAPR_TCE_IOMMU, VFIO_SPAPR_TCE_v2_IOMMU];

/** A container has got the IOMMU that it asked for, perhaps. */
function noteIommu({ entered, file }: SessionCall): void {
  if (entered?.kind !== 'ioctl' || entered.command !== VFIO_SET_IOMMU || file === undefined) return;
  if (fileKind(file.label) === 'container') file.isSpapr = SPAPR_TYPES.includes(entered.argument);
}

/** The device whose name GROUP_GET_DEVICE_FD was given. */
function deviceAskedFor(call: SessionCall | undefined): string | undefined {
  if (call?.entered?.kind !== 'ioctl') return undefined;
  const bytes = memoryAt(call.reads, call.entered.argument);
  const end = bytes.indexOf(0);
  return String.fromCharCode(...bytes.subarray(0, end < 0 ? bytes.length : end));
}
