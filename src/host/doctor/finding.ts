/** What was found out about one thing that uvfio needs of a computer. */

export interface Finding {
  /** `broken`: uvfio can't run. `limited`: something does not work, or is slower. `good`; `note`: neither. */
  readonly state: 'good' | 'limited' | 'broken' | 'note';
  /** One line for people. */
  readonly text: string;
  /** What to do about it. */
  readonly fix?: string;
}

/** Whether uvfio can run programs, by what was found. */
export function canRun(findings: readonly Finding[]): boolean {
  return findings.every(({ state }) => state !== 'broken');
}
