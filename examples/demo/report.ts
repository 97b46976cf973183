// Prints what the demo does: headings, and lines of a label and what there is to say of it.

const LABEL_WIDTH = 14;

export class Report {
  readonly #write: (text: string) => void;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  title(text: string): void {
    this.#write(`${text}\n${'='.repeat(text.length)}\n`);
  }

  section(text: string): void {
    this.#write(`\n${text}\n`);
  }

  line(label: string, text: string): void {
    this.#write(`  ${label.padEnd(LABEL_WIDTH)}${text}\n`);
  }

  /** A table: columns as wide as they have to be. */
  rows(rows: readonly (readonly string[])[]): void {
    const widths: number[] = [];
    for (const row of rows) {
      for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
    }
    for (const row of rows) {
      const line = row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ');
      this.#write(`  ${line.trimEnd()}\n`);
    }
  }

  text(text: string): void {
    this.#write(`\n${text}\n`);
  }
}

/** `64 KiB`, `1 MiB`, `256 bytes` */
export function formatSize(bytes: number): string {
  if (bytes >= 1 << 20 && bytes % (1 << 20) === 0) return `${bytes / (1 << 20)} MiB`;
  if (bytes >= 1 << 10 && bytes % (1 << 10) === 0) return `${bytes / (1 << 10)} KiB`;
  return `${bytes} bytes`;
}

/** Hexadecimal with its prefix, padded with zeros. */
export function hex(value: number | bigint, digits = 1): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}
