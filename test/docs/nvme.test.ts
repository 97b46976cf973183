// docs/nvme.md: its commands, in their order, do what they are for.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { MAIN } from '../host/uvfio.js';
import { requires } from '../support/requirement.js';

const page = readFileSync(new URL('../../docs/nvme.md', import.meta.url), 'utf8');
const commands = [...page.matchAll(/^ {4}npx uvfio (.+)$/gm)].map(([, rest = '']) => rest);
const folder = mkdtempSync(path.join(tmpdir(), 'uvfio-page-'));

afterAll(() => rmSync(folder, { recursive: true }));

requires(['qemu-img', 'qemu-io'], () => {
  test.each(commands)('uvfio %s', (command) => {
    const script = `'${process.execPath}' '${MAIN}' ${command}`;
    const output = execFileSync('sh', ['-c', script], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(output).not.toContain('failed');
  });
});
