/**
 * Several scatter lists of a device at once: what follows each other in one memory is one transfer there,
 * whichever list it is of. What is wrong with one list is no other's.
 */
import type { Device } from '../kernel/device.js';
import { transferSegments } from './dma-segments.js';
import type { DmaSegment, IommuDomain, IommuFault, IovaRange } from './iommu-domain.js';

/** Scatter lists, and the bytes of all of them, one behind the other. */
export interface ListTransfer {
  readonly device: Device;
  readonly lists: readonly (readonly IovaRange[])[];
  readonly bytes: Uint8Array;
  /** Whether the device writes; else it reads. */
  readonly isWrite: boolean;
}

/** What came of each list: a fault, when there was one. */
type Outcomes = (IommuFault | undefined)[];

/** Moves all lists through a domain. @returns for each list the fault, when there is one */
export function transferLists(domain: IommuDomain, transfer: ListTransfer): Outcomes {
  const outcomes: Outcomes = [];
  let start = 0;
  while (outcomes.length < transfer.lists.length) {
    start = moveRun(domain, transfer, start, outcomes);
  }
  return outcomes;
}

/** Moves the next lists, up to one whose memory is not all found. @returns where the bytes of the rest begin */
function moveRun(
  domain: IommuDomain,
  transfer: ListTransfer,
  start: number,
  outcomes: Outcomes,
): number {
  const { lists, bytes, isWrite } = transfer;
  const segments: DmaSegment[] = [];
  const run: (readonly IovaRange[])[] = [];
  let fault: IommuFault | undefined;
  let end = start;
  for (let index = outcomes.length; index < lists.length && fault === undefined; index++) {
    const list = lists[index] ?? [];
    fault = translateList(domain, transfer, list, segments);
    if (fault === undefined) run.push(list);
    end += lengthOf(list);
  }
  // As of one list alone, what is before a fault is written.
  const found = lengthOf(segments);
  if (transferSegments(segments, bytes.subarray(start, start + found), isWrite) === found) {
    for (let count = run.length; count > 0; count--) outcomes.push(undefined);
  } else outcomes.push(...moveSingly(domain, transfer, run, start));
  if (fault !== undefined) outcomes.push(fault);
  return end;
}

/** Memory of one of the lists is gone: of which, it shows when each is moved by itself. */
function moveSingly(
  domain: IommuDomain,
  { device, bytes, isWrite }: ListTransfer,
  lists: readonly (readonly IovaRange[])[],
  start: number,
): Outcomes {
  let at = start;
  return lists.map((list) => {
    const part = bytes.subarray(at, at + lengthOf(list));
    at += part.length;
    return isWrite ? domain.writev(device, list, part) : domain.readv(device, list, part);
  });
}

/** Finds the memory of a list. @returns the fault, when there is one; what is before it is found */
function translateList(
  domain: IommuDomain,
  { device, isWrite }: ListTransfer,
  list: readonly IovaRange[],
  segments: DmaSegment[],
): IommuFault | undefined {
  for (const { iova, length } of list) {
    const fault = domain.translate(device, iova, length, isWrite, segments);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function lengthOf(pieces: readonly { readonly length: number }[]): number {
  let sum = 0;
  for (const { length } of pieces) sum += length;
  return sum;
}
