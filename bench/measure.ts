// Times operations: nanoseconds each, the median of several rounds.

/** One figure of a benchmark. */
export interface Row {
  readonly name: string;
  /** Median nanoseconds an operation. */
  readonly ns: number;
  /** The same of the quickest round: what is left when nobody else needs the machine. */
  readonly best?: number;
  /** What `ns` is where it is not nanoseconds. */
  readonly unit?: string;
  /** Operations timed altogether. */
  readonly operations: number;
}

const ROUNDS = 15;
const ROUND_NS = 20_000_000n;
const WARM_UP_ROUNDS = 4;

/**
 * Times an operation.
 * @param operation does it `times` times
 */
export function measure(name: string, operation: (times: number) => void): Row {
  const times = timesPerRound(operation);
  const samples: number[] = [];
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
    const ns = Number(timed(operation, times)) / times;
    if (round >= WARM_UP_ROUNDS) samples.push(ns);
  }
  samples.sort((a, b) => a - b);
  const [best = Number.NaN] = samples;
  return { name, ns: samples[ROUNDS >> 1] ?? best, best, operations: times * ROUNDS };
}

/** What to time: does the operation `times` times. */
export interface Subject {
  readonly name: string;
  readonly operation: (times: number) => void;
}

/** Times operations in turns, round by round, so that what else the computer does befalls all alike. */
export function measureTogether(subjects: readonly Subject[]): Row[] {
  const runs = subjects.map(({ name, operation }) => {
    const times = timesPerRound(operation);
    return { name, operation, times, samples: [] as number[] };
  });
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
    for (const { operation, times, samples } of runs) {
      const ns = Number(timed(operation, times)) / times;
      if (round >= WARM_UP_ROUNDS) samples.push(ns);
    }
  }
  return runs.map(({ name, times, samples }) => {
    samples.sort((a, b) => a - b);
    return { name, ns: samples[ROUNDS >> 1] ?? Number.NaN, operations: times * ROUNDS };
  });
}

/** How many operations a round needs to be long enough to time. */
function timesPerRound(operation: (times: number) => void): number {
  let times = 16;
  for (;;) {
    const ns = timed(operation, times);
    if (ns >= ROUND_NS) return times;
    const wanted = Number(ROUND_NS) / Math.max(1, Number(ns));
    times = Math.ceil(times * Math.min(10, 1.2 * wanted));
  }
}

function timed(operation: (times: number) => void, times: number): bigint {
  const start = process.hrtime.bigint();
  operation(times);
  return process.hrtime.bigint() - start;
}
