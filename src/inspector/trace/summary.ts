/** The table at the end: what was called how often, how long it took, how often it failed. */
import { requestOf } from '../requested.js';
import type { SessionCall } from '../session-call.js';
import type { SessionListener } from '../session.js';
import type { TraceFilter } from './filter.js';

interface Row {
  readonly name: string;
  calls: number;
  errors: number;
  us: number;
}

export class Summary implements SessionListener {
  readonly #filter: TraceFilter;
  readonly #rows = new Map<string, Row>();

  constructor(filter: TraceFilter) {
    this.#filter = filter;
  }

  call(call: SessionCall): void {
    if (call.name === 'release' || !this.#filter.wantsCall(call)) return;
    const name = nameOf(call);
    let row = this.#rows.get(name);
    if (row === undefined) {
      row = { name, calls: 0, errors: 0, us: 0 };
      this.#rows.set(name, row);
    }
    row.calls += 1;
    row.us += call.endUs - call.startUs;
    if (call.result < 0) row.errors += 1;
  }

  /** The lines of the table, what took longest first. */
  lines(): string[] {
    const rows = [...this.#rows.values()].sort((a, b) => b.us - a.us);
    const total = rows.reduce((sum, { us }) => sum + us, 0);
    const calls = rows.reduce((sum, row) => sum + row.calls, 0);
    const errors = rows.reduce((sum, row) => sum + row.errors, 0);
    const all = { name: 'total', calls, errors, us: total };
    return tableLines(
      ['% time', 'ms', 'µs/call', 'calls', 'errors', 'call'],
      [...rows, all].map((row) => cellsOf(row, total)),
    );
  }
}

function cellsOf({ name, calls, errors, us }: Row, total: number): string[] {
  return [
    (total === 0 ? 0 : (us / total) * 100).toFixed(1),
    (us / 1000).toFixed(3),
    (calls === 0 ? 0 : us / calls).toFixed(1),
    String(calls),
    errors === 0 ? '' : String(errors),
    name,
  ];
}

function nameOf(call: SessionCall): string {
  const requested = requestOf(call);
  return requested === undefined ? call.name : `ioctl ${requested.name}`;
}

/** Numbers to the right, the last column to the left. */
function tableLines(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) =>
    row
      .map((cell, column) =>
        column === head.length - 1 ? cell : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
}
