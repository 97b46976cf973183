// docs/trace.md: its commands, in their order, do what they are for.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { TOPICS } from '../../src/inspector/trace/filter.js';
import { MAIN } from '../host/uvfio.js';
import { requires } from '../support/requirement.js';

const page = readFileSync(new URL('../../docs/trace.md', import.meta.url), 'utf8');
const commands = [...page.matchAll(/^ {4}npx uvfio (.+)$/gm)].map(([, rest = '']) => rest);
const folder = mkdtempSync(path.join(tmpdir(), 'uvfio-page-'));

afterAll(() => rmSync(folder, { recursive: true }));

requires(['qemu-img', 'lspci'], () => {
  test.each(commands)('uvfio %s', (command) => {
    const script = `'${process.execPath}' '${MAIN}' ${command}`;
    const output = execFileSync('sh', ['-c', script], { cwd: folder, encoding: 'utf8' });
    expect(output).toMatch(/virtual size: 1 GiB|vfio|1b36:/);
  });
});

test('every kind of finding is listed', () => {
  const url = new URL('../../src/inspector/report/finding.ts', import.meta.url);
  const kinds = [...readFileSync(url, 'utf8').matchAll(/^ {2}\| '([a-z-]+)'/gm)];
  expect(kinds.length).toBeGreaterThan(10);
  for (const [, kind] of kinds) expect(page).toContain(`| \`${kind}\` |`);
});

test('every topic is listed', () => {
  for (const topic of Object.keys(TOPICS)) expect(page).toContain(`\`${topic}\``);
});
