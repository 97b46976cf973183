// Replays traces against the core and says where it first differs.
import { type Difference, firstDifference } from './difference.js';
import { Player } from './player.js';
import {
  type JsonObject,
  mergePatch,
  type Observed,
  parseTrace,
  TraceError,
  type TraceRecord,
} from './trace.js';

/** Why a trace failed, in readable lines; undefined when it passed. */
export type Complaint = string | undefined;

/** Replays the trace in a file. Never throws: a trace that can't be understood has failed. */
export async function replayFile(name: string, text: string): Promise<Complaint> {
  let at: TraceRecord | undefined;
  try {
    const trace = parseTrace(text);
    const player = new Player();
    let state: JsonObject = {};
    for (const record of trace.records) {
      at = record;
      // What comes of undefined behaviour is not compared, and nothing comes after it.
      if (record.observed.end === 'OOPS') break;
      const patch = record.observed.state ?? {};
      state = trace.hasFullStates
        ? (record.observed.state ?? state)
        : (mergePatch(state, patch) as JsonObject);
      const expected: Observed = { ...record.observed, state: withoutInternals(state) };
      const difference = firstDifference(expected, await player.perform(record.operation));
      if (difference !== undefined) return describe(name, record, difference);
      if (record.observed.end !== undefined) break;
    }
    return undefined;
  } catch (error) {
    const place = at === undefined ? name : `${name}:${at.line}`;
    if (error instanceof TraceError) return `${place}: ${error.message}`;
    const operation = at === undefined ? '' : `\n  operation  ${JSON.stringify(at.operation)}`;
    return `${place}: the core crashed${operation}\n  ${stackOf(error)}`;
  }
}

/** `internal` counts what only the reference implementation has to count. */
function withoutInternals(state: JsonObject): JsonObject {
  const { internal: _, ...contract } = state;
  return contract;
}

function describe(name: string, record: TraceRecord, difference: Difference): string {
  return [
    `${name}:${record.line}: differs in ${difference.field}`,
    `  operation  ${JSON.stringify(record.operation)}`,
    `  expected   ${show(difference.expected)}`,
    `  got        ${show(difference.got)}`,
  ].join('\n');
}

function show(value: unknown): string {
  return value === undefined ? '(nothing)' : JSON.stringify(value);
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
