// Traces of format vfio-trace/1: one JSON object a line, a header and then records, each an
// operation with what was observed when the C code ran it.

/** A trace that can't be understood. */
export class TraceError extends Error {
  override readonly name = 'TraceError';
}

export type Json = null | boolean | number | string | Json[] | JsonObject;
export type JsonObject = { [key: string]: Json };

/** What is observed of one operation. What is empty is left out, if a trace spells it out or not. */
export interface Observed {
  readonly ret: Json;
  readonly out?: Json;
  readonly calls?: Json[];
  readonly log?: Json[];
  readonly state?: JsonObject;
  readonly end?: string;
}

/** One operation of a trace and what was observed. */
export interface TraceRecord {
  /** Line in the file, from 1. */
  readonly line: number;
  readonly operation: JsonObject;
  readonly observed: Observed;
}

export interface Trace {
  readonly name: string;
  /** Whether each record's `state` is the whole state instead of a merge patch. */
  readonly hasFullStates: boolean;
  readonly records: readonly TraceRecord[];
}

const observedFields = new Set(['ret', 'out', 'calls', 'log', 'state', 'end']);

/**
 * Reads a trace.
 * @throws TraceError naming the line
 */
export function parseTrace(text: string): Trace {
  const lines = text
    .split('\n')
    .map((content, index) => ({ content, line: index + 1 }))
    .filter(({ content }) => content.trim() !== '');
  const [first, ...rest] = lines;
  if (first === undefined) throw new TraceError('line 1: the trace is empty');
  const header = parseObject(first.content, first.line);
  if (header['format'] !== 'vfio-trace/1') {
    throw new TraceError(`line ${first.line}: this is no header of format vfio-trace/1`);
  }
  return {
    name: String(header['name'] ?? ''),
    hasFullStates: header['state'] === 'full',
    records: rest.map(({ content, line }) => parseRecord(parseObject(content, line), line)),
  };
}

function parseRecord(object: JsonObject, line: number): TraceRecord {
  if (typeof object['op'] !== 'string') throw new TraceError(`line ${line}: there is no "op"`);
  const operation: JsonObject = {};
  for (const [key, value] of Object.entries(object)) {
    if (!observedFields.has(key)) operation[key] = value;
  }
  const { ret = null, out, calls, log, state, end } = object;
  return {
    line,
    operation,
    observed: {
      ret,
      ...(out === undefined ? {} : { out }),
      ...(Array.isArray(calls) && calls.length > 0 ? { calls } : {}),
      ...(Array.isArray(log) && log.length > 0 ? { log } : {}),
      ...(isObject(state) ? { state } : {}),
      ...(typeof end === 'string' ? { end } : {}),
    },
  };
}

function parseObject(content: string, line: number): JsonObject {
  let value: Json;
  try {
    value = JSON.parse(content) as Json;
  } catch {
    throw new TraceError(`line ${line}: this is no JSON`);
  }
  if (!isObject(value)) throw new TraceError(`line ${line}: this is no JSON object`);
  return value;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Applies a merge patch (RFC 7386): null deletes, objects merge, all else replaces. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const merged: JsonObject = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}
