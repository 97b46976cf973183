// docs/quickstart.md, followed as a newcomer does: each command is run, in order, in an empty folder.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { MAIN } from '../host/uvfio.js';
import { requires } from '../support/requirement.js';

const page = readFileSync(new URL('../../docs/quickstart.md', import.meta.url), 'utf8');

/** A command of the page, with what it is shown to print. */
interface Step {
  readonly command: string;
  readonly shown: readonly string[];
}

/** Commands are indented; a block without a language after some is what the last of them prints. */
function stepsOf(text: string): Step[] {
  const steps: { command: string; shown: string[] }[] = [];
  let block: string | undefined;
  for (const line of text.split('\n')) {
    if (line.startsWith('```')) block = block === undefined ? line : undefined;
    else if (block === '```') steps.at(-1)?.shown.push(line);
    else if (block === undefined && line.startsWith('    ')) {
      steps.push({ command: line.trim(), shown: [] });
    }
  }
  return steps;
}

/** Process numbers and durations are others each time. */
function withoutChance(line: string): string {
  return line.replace(/^\[\d+\]/, '[…]').replace(/ <[^<>]*>$/, '');
}

requires('cc', () => {
  describe('docs/quickstart.md', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'uvfio-quickstart-'));
    const [, program = ''] = /```c\n([\s\S]*?)```/.exec(page) ?? [];
    writeFileSync(path.join(folder, 'first.c'), program);
    const steps = stepsOf(page).filter(({ command }) => !command.startsWith('npm install'));

    test('has the steps of a quick start', () => {
      expect(steps.length).toBeGreaterThan(5);
      expect(program).toContain('VFIO_GROUP_GET_DEVICE_FD');
    });

    test.each(steps.map(({ command, shown }) => [command, shown] as const))(
      '%s',
      (command, shown) => {
        const npx = `npx() { shift; '${process.execPath}' '${MAIN}' "$@"; }`;
        const script = `exec 2>&1; ${npx}; ${command}`;
        const { status, stdout } = spawnSync('bash', ['-c', script], {
          cwd: folder,
          encoding: 'utf8',
        });
        expect([status, stdout.includes('defect')]).toEqual([0, false]);
        const printed = stdout.split('\n').map(withoutChance);
        // In the order of the page, perhaps with other lines between.
        let at = -1;
        const isNext = (line: string): boolean => line === printed[at];
        for (const line of shown.map(withoutChance)) {
          do at += 1;
          while (at < printed.length && !isNext(line));
          expect(at, `'${line}' is not printed:\n${printed.join('\n')}`).toBeLessThan(
            printed.length,
          );
        }
      },
    );
  });
});
