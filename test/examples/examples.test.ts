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

describe('the examples', () => {
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

  test('make a device of their own', async () => {
    expect(await outputOf(() => import('../../examples/own-device.js'))).toEqual(['1 + 2 + 3 = 6']);
  });

  test('keep a group in the kernel when its owner has closed everything', async () => {
    expect(await outputOf(() => import('../../examples/hypervisor/monitor.js'))).toEqual([
      'the guest has IOMMU group 7',
      'with all descriptors of VFIO closed, group 7 is busy (EBUSY)',
      "the guest's DMA is coherent",
      'taken away from the guest, group 7 can be opened',
    ]);
  });

  test.each([
    ['in-process', 'in-process.md'],
    ['system-calls', 'in-process.md'],
    ['factorial', 'client.md'],
  ])('%s.ts is under 30 lines, and in %s', (name, page) => {
    const source = read(`examples/${name}.ts`);
    expect(source.trimEnd().split('\n').length).toBeLessThan(30);
    expect(read(`docs/${page}`)).toContain(
      `<!-- examples/${name}.ts -->\n\`\`\`ts\n${source}\`\`\`\n`,
    );
  });
});
