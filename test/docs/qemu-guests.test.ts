// docs/qemu-guests.md: what it says to type, in order, does what it says.
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { GUEST_TEST_TIMEOUT_MS, requiresGuests } from '../guest/uvfio-guest.js';
import { MAIN } from '../host/uvfio.js';

const page = readFileSync(new URL('../../docs/qemu-guests.md', import.meta.url), 'utf8');

/** The part of the page that has this name. */
function part(name: string): string {
  const [, text] = new RegExp(`<!-- ${name} -->\\n\`\`\`sh\\n(.*?)\`\`\``, 's').exec(page) ?? [];
  if (text === undefined) throw new Error(`the page has no part ${name}`);
  return text;
}

requiresGuests(() => {
  const folder = mkdtempSync(path.join(tmpdir(), 'uvfio-page-'));
  writeFileSync(path.join(folder, 'guest.sh'), part('guest.sh'));
  const uvfio = path.join(folder, 'uvfio');
  writeFileSync(uvfio, `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`);
  chmodSync(uvfio, 0o755);
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Runs a script and returns what it printed. @throws Error with that, when it fails */
  const shell = async (script: string): Promise<string> => {
    const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}` };
    const options = { cwd: folder, env, timeout: GUEST_TEST_TIMEOUT_MS };
    return (await promisify(execFile)('sh', ['-e', '-c', script], options)).stdout;
  };

  test(
    'a kernel is taken out of its package',
    async () => {
      await shell(part('kernel'));
      expect(existsSync(path.join(folder, 'vmlinuz'))).toBe(true);
    },
    GUEST_TEST_TIMEOUT_MS,
  );

  test('a file system is made of busybox', async () => {
    await shell(part('image'));
    expect(existsSync(path.join(folder, 'initrd.gz'))).toBe(true);
  });

  const steps = [...page.matchAll(/^\$ (sh guest\.sh.*)\n(.*)$/gm)].map(([, command, output]) => ({
    command: command ?? '',
    output: output ?? '',
  }));

  test('the guest is started several times', () => expect(steps).toHaveLength(3));

  test.each(steps)(
    '$command: $output',
    async ({ command, output }) => {
      const printed = await shell(command);
      // The page leaves out what the kernel says.
      expect(printed.replace(/^\[.*$/gm, '').trim()).toBe(output);
    },
    GUEST_TEST_TIMEOUT_MS,
  );
});
