/**
 * `uvfio/testing`: machines for tests of drivers in TypeScript, under any test runner. Each test has a
 * machine of its own, and fails when the driver leaves something open or the kernel has to warn of it.
 *
 * @example
 * test('computes', withMachine({ devices: [{ model: 'edu', addr: '00:05.0' }] }, ({ task }) => {
 *   using edu = Attachment.open(task, '0000:00:05.0');
 *   …
 * }));
 */
import type { LogEntry } from './kernel/log.js';
import { Machine, type MachineOptions } from './machine.js';
import { defaultMachine } from './machine/default-machine.js';
import type { MachineDescription } from './machine/description.js';
import type { MachineTask, MachineTaskOptions } from './machine/machine-task.js';

/** What a test gets. */
export interface MachineTest {
  readonly machine: Machine;
  /** A process on it, for the driver: what `uvfio/client` asks of a system. */
  readonly task: MachineTask;
  /** What the kernel has logged so far. */
  readonly log: readonly LogEntry[];
}

export interface MachineTestOptions {
  /** Who the driver runs as, and its limits. */
  readonly task?: MachineTaskOptions;
  /** What the machine's surroundings decide. */
  readonly machine?: Omit<MachineOptions, 'log'>;
  /** Whether files that are open at the end fail the test. Default: true. */
  readonly failsOnLeaks?: boolean;
  /** Whether warnings of the kernel fail the test (WARN, BUG, DMA faults, …). Default: WARN and BUG. */
  readonly failsOn?: readonly LogEntry['level'][];
}

/** A driver left something behind, or the kernel had to warn of it. The message says what. */
export class MachineTestError extends Error {
  override readonly name = 'MachineTestError';
}

/**
 * A test body that runs `body` on a machine of its own and looks at what is left; give it to `test()`.
 * @param description default: the machine of `uvfio run` without options
 * @throws DescriptionError at once, when there can be no such machine
 */
export function withMachine(
  description: MachineDescription | undefined,
  body: (test: MachineTest) => void | Promise<void>,
  options: MachineTestOptions = {},
): () => Promise<void> {
  const what = description ?? defaultMachine;
  return async () => {
    const log: LogEntry[] = [];
    const machine = new Machine(what, {
      ...options.machine,
      log: (entry) => log.push(entry),
    });
    try {
      await body({ machine, task: machine.task(options.task), log });
      await machine.settle();
      check(machine, log, options);
    } catch (error) {
      explain(machine, error);
      throw error;
    } finally {
      machine.dispose();
    }
  };
}

function check(machine: Machine, log: readonly LogEntry[], options: MachineTestOptions): void {
  const { failsOnLeaks = true, failsOn = ['WARN', 'BUG'] } = options;
  const leaks = failsOnLeaks ? machine.openFiles.map(leakText) : [];
  const reports = log
    .filter(({ level }) => failsOn.includes(level))
    .map(
      ({ level, condition, text }) => `${level}: ${[condition, text].filter(Boolean).join(': ')}`,
    );
  const problems = [...reports, ...leaks];
  if (problems.length > 0) throw new MachineTestError(problems.join('\n'));
}

function leakText({ fd, name }: Machine['openFiles'][number]): string {
  return fd === undefined
    ? `a mapping of ${name} was left`
    : `descriptor ${fd} (${name}) was left open`;
}

/** With faults on purpose, a failure says which of them struck, and the seed. */
function explain({ faults }: Machine, error: unknown): void {
  const { seed, faults: all } = faults.report;
  const struck = all.filter((fault) => fault.struck > 0);
  if (struck.length === 0 || !(error instanceof Error)) return;
  const list = struck.map(({ spec, struck: times }) => `${spec} (${times} times)`).join(', ');
  error.message += `\nfaults that struck: ${list}; faultSeed ${seed}`;
}
