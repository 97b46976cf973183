import { readFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';

const read = (name: string): string =>
  readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

/** What an example prints. */
async function outputOf(load: () => Promise<unknown>): Promise<string[]> {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  try {
    await load();
    return log.mock.calls.map(([line]) => String(line));
  } finally {
    log.mockRestore();
  }
}

describe('the in-process examples', () => {
  test('drive a device with the client', async () => {
    expect(await outputOf(() => import('../../examples/in-process.js'))).toEqual([
      '5! = 120',
      'back from the device: 1 2 3 4',
    ]);
  });

  test('make the system calls themselves', async () => {
    expect(await outputOf(() => import('../../examples/system-calls.js'))).toEqual([
      'group flags: 1',
      'VFIO_SET_IOMMU without a group: -22',
    ]);
  });

  test.each(['in-process', 'system-calls'])('%s.ts is under 30 lines, and in the docs', (name) => {
    const source = read(`examples/${name}.ts`);
    expect(source.trimEnd().split('\n').length).toBeLessThan(30);
    expect(read('docs/in-process.md')).toContain(
      `<!-- examples/${name}.ts -->\n\`\`\`ts\n${source}\`\`\`\n`,
    );
  });
});
