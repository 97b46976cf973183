/** A report as lines of text, and as JSON. */
import type { Colors } from 'picocolors/types.js';
import { countText } from '../decode/quantities.js';
import type { Finding } from './finding.js';

export function reportLines(findings: readonly Finding[], { bold, green, red }: Colors): string[] {
  if (findings.length === 0) return [green('uvfio: the report: nothing found')];
  return [
    bold(red(`uvfio: the report: ${countText(findings.length, 'finding')}`)),
    ...findings.flatMap(({ kind, text, advice }) => [`  ${bold(kind)}: ${text}`, `    ${advice}`]),
  ];
}

export function reportJson(findings: readonly Finding[]): string[] {
  return findings.map(({ kind, text, advice }) => JSON.stringify({ finding: kind, text, advice }));
}
