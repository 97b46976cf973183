// What a step of a random sequence is, and what steps are written with.
import { KernelError } from '../../../src/kernel/error.js';
import type { IommuGroup } from '../../../src/iommu/iommu-group.js';
import type { World } from './world.js';

/** A kind of step. */
export interface Step {
  readonly name: string;
  /** How often it is tried, compared to others: what needs much else to be done first, more often. */
  readonly weight: number;
  /** What it can be done to now, each with a label. A step without is left out. */
  candidates(world: World): readonly Candidate[];
}

export type Outcome = number | undefined | Promise<undefined>;

export interface Candidate {
  readonly label: string;
  /**
   * Does it. `choice` is a number to make further choices with.
   * @returns a negative result for a call that failed: the state must be as before
   */
  act(choice: number): Outcome;
}

/** An extension that no driver supports. */
export const UNKNOWN_EXTENSION = 99;

export function step(
  name: string,
  weight: number,
  candidates: (world: World) => readonly Candidate[],
): Step {
  return { name, weight, candidates };
}

export function candidate(label: string, act: (choice: number) => Outcome): Candidate {
  return { label, act };
}

/** Makes each driver's next attach of a group fail, or none. */
export function refuse(world: World, group: IommuGroup | undefined, choice: number): void {
  for (const driver of world.drivers) {
    driver.refusedGroup = group;
    driver.refusal = choice % 2 === 0 ? -12 : 1;
    driver.refusesOpen = false;
  }
}

export function pairs<A, B>(first: readonly A[], second: readonly B[]): [A, B][] {
  return first.flatMap((a) => second.map((b): [A, B] => [a, b]));
}

export function int(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}

export function text(value: string): Uint8Array {
  return new TextEncoder().encode(`${value}\0`);
}

/** The result, or −errno. */
export function attempt<T>(call: () => T): T | number {
  try {
    return call();
  } catch (error) {
    if (error instanceof KernelError) return -error.errno;
    throw error;
  }
}

export function expect(rule: string, got: unknown, expected: unknown): void {
  if (got !== expected) throw new Error(`${rule}: expected ${expected}, got ${got}`);
}
