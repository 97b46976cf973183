/**
 * Faults in one word, for command lines and descriptions: `map_dma:ENOMEM@3`, `alloc:5%`,
 * `irq:delay=20ms:10%`, `dma:fault@7,device=0000:00:04.0`. First where, then what, then when; without a
 * when, always. `docs/faults.md` is the documentation.
 */
import { parsePciAddress, formatPciAddress } from '../../pci/pci-address.js';
import { Errno, type ErrnoName } from '../../uapi/errno.js';
import { didYouMean } from '../did-you-mean.js';
import { RequestError } from '../request-error.js';
import { FAULT_POINTS, type FaultAction, type FaultPoint } from './fault-point.js';
import type { FaultTimes } from './fault-trigger.js';

/** A fault that makes sense. */
export interface FaultSpec {
  /** As it was written. */
  readonly text: string;
  readonly point: FaultPoint;
  readonly action: FaultAction;
  /** Of `errno`; undefined for the point's own. */
  readonly errno?: number;
  readonly delayMs?: number;
  /** Of `stuck`: what the register reads as; undefined for what it holds when the fault is set. */
  readonly value?: number;
  readonly times: FaultTimes;
  /** The only device that is meant; default: all. */
  readonly device?: string;
  /** Of `stuck`. */
  readonly bar: number;
  readonly offset: number;
}

/** Whether chance decides about a fault. */
export function isRandom({ times }: FaultSpec): boolean {
  return 'fraction' in times;
}

const ALWAYS: FaultTimes = { first: 1, last: Infinity };

/** What may be said after commas, and where. */
const OPTIONS = ['device', 'bar', 'offset'];

/** @throws RequestError bad-fault, which names the fault, the part and the fix */
export function parseFaultSpec(text: string): FaultSpec {
  const [head = '', ...options] = text.split(',').map((part) => part.trim());
  const fail = (part: string, problem: string, fix: string): never => {
    throw new RequestError('bad-fault', `fault '${text}': '${part}' ${problem}: ${fix}`);
  };
  const [beforeAt = '', afterAt, ...more] = head.split('@');
  if (more.length > 0) fail(head, 'has two @', 'write one, as in map_dma:ENOMEM@3');
  const [name = '', ...parts] = beforeAt.split(':');
  const point = pointOf(name, fail);
  const draft: { -readonly [Key in keyof FaultSpec]?: FaultSpec[Key] } = { text, point, bar: 0 };
  if (afterAt !== undefined) draft.times = timesOf(afterAt, fail);
  for (const part of parts) addPart(draft, point, part, fail);
  for (const option of options) addOption(draft, point, option, fail);
  const action = draft.action ?? defaultAction(point, fail);
  if (action === 'stuck' && draft.offset === undefined) {
    fail(name, 'does not say which register', 'add offset=0x1c, and bar=… unless it is 0');
  }
  if (action === 'gone' && draft.times === undefined) {
    fail(name, 'does not say when', 'add a number of operations, as in device:gone@200');
  }
  return { text, point, bar: 0, offset: 0, times: ALWAYS, ...draft, action };
}

type Fail = (part: string, problem: string, fix: string) => never;
type Draft = { -readonly [Key in keyof FaultSpec]?: FaultSpec[Key] };

function pointOf(text: string, fail: Fail): FaultPoint {
  const name = text.toLowerCase().replace(/^vfio_/, '');
  const short = name.replace(/^(group|device|iommu)_/, '');
  const point = FAULT_POINTS.get(name) ?? FAULT_POINTS.get(short);
  if (point !== undefined) return point;
  if (name === 'get_info') {
    return fail(text, 'is two calls', 'say device_get_info or iommu_get_info');
  }
  const names = [...FAULT_POINTS.keys()];
  return fail(
    text,
    'is no place for a fault',
    didYouMean(name, names) ?? `places are ${names.join(', ')}`,
  );
}

/** `3`, `3+`, `3-5`, `5%` */
function timesOf(text: string, fail: Fail): FaultTimes {
  const fraction = fractionOf(text, fail);
  if (fraction !== undefined) return { fraction };
  const match = /^(\d+)(\+|-(\d+))?$/.exec(text);
  const first = Number(match?.[1]);
  const last = match?.[2] === '+' ? Infinity : Number(match?.[3] ?? first);
  if (match === null || first < 1 || last < first) {
    return fail(`@${text}`, 'says no time', 'write @3, @3+ (from then on), @3-5 or @5%');
  }
  return { first, last };
}

function fractionOf(text: string, fail: Fail): number | undefined {
  const match = /^(\d+(?:\.\d+)?)%$/.exec(text);
  if (match === null) return undefined;
  const fraction = Number(match[1]) / 100;
  if (fraction > 1) fail(text, 'is more than all', 'write at most 100%');
  return fraction;
}

/** An error, a share, or what to do. */
function addPart(draft: Draft, point: FaultPoint, part: string, fail: Fail): void {
  const fraction = fractionOf(part, fail);
  if (fraction !== undefined) {
    if (draft.times !== undefined) fail(part, 'is a second time', 'say @3 or 5%, not both');
    draft.times = { fraction };
    return;
  }
  if (draft.action !== undefined) fail(part, 'is a second fault', 'use --fault twice');
  const [word = '', value] = part.split('=');
  if (/^E[A-Z0-9]*$/i.test(word)) {
    allow(point, 'errno', part, fail);
    draft.action = 'errno';
    draft.errno = errnoOf(word, fail);
    return;
  }
  const action = actionOf(word, point, fail);
  allow(point, action, part, fail);
  draft.action = action;
  if (action === 'delay') draft.delayMs = delayOf(value, part, fail);
  else if (value !== undefined) {
    if (action !== 'stuck') fail(part, 'takes no value', `write ${word}`);
    draft.value = numberOf(value, part, fail);
  }
}

function errnoOf(text: string, fail: Fail): number {
  const name = text.toUpperCase();
  if (isErrno(name)) return Errno[name];
  return fail(
    text,
    'is no error',
    didYouMean(name, Object.keys(Errno)) ?? 'write one such as ENOMEM',
  );
}

function isErrno(name: string): name is ErrnoName {
  return Object.hasOwn(Errno, name);
}

const ACTIONS: readonly FaultAction[] = ['delay', 'fault', 'lost', 'spurious', 'stuck', 'gone'];

function actionOf(word: string, point: FaultPoint, fail: Fail): FaultAction {
  if (/^\d+$/.test(word)) {
    fail(word, 'says neither what nor when', `write @${word} for that one, ${word}% for a share`);
  }
  const action = ACTIONS.find((candidate) => candidate === word);
  return (
    action ?? fail(word, 'is nothing that can happen', didYouMean(word, ACTIONS) ?? can(point))
  );
}

function allow(point: FaultPoint, action: FaultAction, part: string, fail: Fail): void {
  if (!point.actions.includes(action)) fail(part, `can't happen to ${point.name}`, can(point));
}

function can(point: FaultPoint): string {
  const names = point.actions.map((action) =>
    action === 'errno' ? 'an error such as ENOMEM' : action === 'delay' ? 'delay=20ms' : action,
  );
  const last = names.pop() ?? '';
  return `write ${names.length === 0 ? last : `${names.join(', ')} or ${last}`}`;
}

/** Points with one way to fail need not be told which. */
function defaultAction(point: FaultPoint, fail: Fail): FaultAction {
  const [only, another] = point.actions;
  if (only !== undefined && another === undefined && point.kind !== 'call') return only;
  return fail(point.name, 'does not say what is to happen', can(point));
}

const UNITS_MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000 };

function delayOf(text: string | undefined, part: string, fail: Fail): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)(us|ms|s)$/.exec(text ?? '') ?? [];
  const factor = UNITS_MS[unit];
  if (number === undefined || factor === undefined) {
    return fail(part, 'says no time', 'write delay=20ms, delay=500us or delay=2s');
  }
  return Number(number) * factor;
}

function numberOf(text: string, part: string, fail: Fail): number {
  const number = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(number) ? number : fail(part, 'is no number', 'write 28 or 0x1c');
}

function addOption(draft: Draft, point: FaultPoint, option: string, fail: Fail): void {
  const [key = '', value = ''] = option.split('=');
  if (!OPTIONS.includes(key)) {
    fail(
      option,
      'is no option of faults',
      didYouMean(key, OPTIONS) ?? `they are ${OPTIONS.join(', ')}`,
    );
  }
  if (key === 'device') {
    if (point.kind === 'kernel')
      fail(option, 'means nothing here', 'the kernel has no devices of its own');
    const address = parsePciAddress(value);
    if (address === undefined)
      return void fail(option, 'is no PCI address', 'write device=0000:00:05.0');
    draft.device = formatPciAddress(address);
    return;
  }
  if (point.name !== 'register') fail(option, 'is for registers', 'leave it out');
  const number = numberOf(value, option, fail);
  if (key === 'bar' && number > 5) fail(option, 'is no BAR', 'write 0 to 5');
  draft[key === 'bar' ? 'bar' : 'offset'] = number;
}
