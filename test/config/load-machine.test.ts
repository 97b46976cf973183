// The machine that a command line chose: a preset, a file, the project's own description, and devices.
import { describe, expect, test } from 'vitest';
import type { LoadedMachine } from '../../src/config/load-machine.js';
import { formatPciAddress } from '../../src/pci/pci-address.js';
import { Project } from './project.js';

const ONE = 'devices:\n  - { model: edu, addr: 00:05.0 }\n';

function addresses({ plan }: LoadedMachine): string[] {
  return plan.functions.map(({ address }) => formatPciAddress(address));
}

describe('the machine', () => {
  const project = new Project({
    'one.yaml': ONE,
    'one.json': '{ "$schema": "x", "devices": [{ "model": "edu", "addr": "00:06.0" }] }',
    'one.ts': `import { defineMachine } from 'uvfio';
      const slots: number[] = [7, 8];
      export default defineMachine({ devices: slots.map((slot) => ({ model: 'edu', addr: \`00:0\${slot}.0\` })) });`,
  });

  test('is the default one for nothing chosen, and the devices alone for devices', async () => {
    expect(addresses(await project.load({}))).toContain('0000:00:1e.0');
    expect(addresses(await project.load({ devices: ['edu,addr=00:09.0'] }))).toEqual([
      '0000:00:09.0',
    ]);
  });

  test('is what the file says, and the devices besides', async () => {
    const devices = ['edu', 'edu,addr=00:06.0'];
    expect(addresses(await project.load({ machine: 'one.yaml', devices }))).toEqual([
      '0000:00:05.0',
      '0000:00:03.0',
      '0000:00:06.0',
    ]);
  });

  test('comes from JSON and from TypeScript too', async () => {
    expect(addresses(await project.load({ machine: 'one.json' }))).toEqual(['0000:00:06.0']);
    expect(addresses(await project.load({ machine: './one.ts' }))).toEqual([
      '0000:00:07.0',
      '0000:00:08.0',
    ]);
  });

  test('is a preset, to which devices are added', async () => {
    const loaded = await project.load({ machine: 'nvme', devices: ['edu,addr=00:05.0'] });
    expect(addresses(loaded)).toEqual(['0000:00:1c.0', '0000:01:00.0', '0000:00:05.0']);
    expect(loaded.source).toBe("the preset 'nvme'");
  });
});

describe("the project's own description", () => {
  const project = new Project({
    '.git/HEAD': '',
    'uvfio.config.yaml': ONE,
    'packages/driver/index.js': '',
    'other/uvfio.config.js': "export default { devices: [{ model: 'edu', addr: '00:0a.0' }] };",
  });

  test.each([
    ['.', '0000:00:05.0'],
    ['packages/driver', '0000:00:05.0'],
    ['other', '0000:00:0a.0'],
  ])('is found from %s, the nearest one', async (folder, address) => {
    expect(addresses(await project.load({}, folder))).toEqual([address]);
  });

  test('is what devices are added to, unless a machine is chosen', async () => {
    const devices = ['edu,addr=00:0b.0'];
    expect(addresses(await project.load({ devices }))).toEqual(['0000:00:05.0', '0000:00:0b.0']);
    expect(addresses(await project.load({ machine: 'empty', devices }))).toEqual(['0000:00:0b.0']);
  });

  test('is said to be where the machine comes from', async () => {
    const { source } = await project.load({}, 'packages/driver');
    expect(source).toBe(project.path('uvfio.config.yaml'));
  });

  test('is not looked for above the working folder outside of a repository', async () => {
    const outside = new Project({ 'uvfio.config.yaml': ONE, 'below/file': '' });
    expect((await outside.load({}, 'below')).source).toBe("the preset 'default'");
    expect((await outside.load({})).source).toBe(outside.path('uvfio.config.yaml'));
  });

  test('is refused when there are two', async () => {
    const two = new Project({ 'uvfio.config.yaml': ONE, 'uvfio.config.ts': '' });
    await expect(two.load({})).rejects.toThrow(
      `${two.folder}: there are uvfio.config.ts and uvfio.config.yaml: remove all but one, or choose with --machine FILE`,
    );
  });
});

describe('what is wrong is named with its place and the fix', () => {
  const project = new Project({
    'one.yaml': ONE,
    'bad.yaml': 'devices:\n  - { model: ed }\n',
    'nothing.ts': 'export const machine = { devices: [] };',
    'typo.ts': 'export default { device: [] };',
    'broken.ts': 'export default {\n  devices: [,,;\n};',
  });

  test.each([
    [{ machine: 'none.yaml' }, 'none.yaml: there is no such file: check the path'],
    [{ machine: 'nvm' }, "nvm: is neither a file nor a preset: did you mean 'nvme'?"],
    [{ machine: '.' }, '.: is a folder: name a file in it'],
    [
      { machine: 'bad.yaml' },
      "bad.yaml:2:14: devices[0].model: there is no device model 'ed': did you mean 'edu'?",
    ],
    [{ machine: 'nothing.ts' }, 'nothing.ts: it exports no machine: write `export default'],
    [{ machine: 'typo.ts' }, "typo.ts: devices: is missing: is it what 'device' is meant to be?"],
    [{ machine: 'broken.ts' }, /^broken\.ts: .*broken\.ts:2:14: Unexpected token/],
    [
      { devices: ['ed'] },
      "--device 'ed': model: there is no device model 'ed': did you mean 'edu'?",
    ],
    [
      { devices: ['edu,adr=5'] },
      "--device 'edu,adr=5': adr: the model 'edu' has no option 'adr': did you mean 'addr'?",
    ],
    [{ devices: ['edu,dma_bits=99'] }, "--device 'edu,dma_bits=99': dma_bits: "],
    [
      { machine: 'one.yaml', devices: ['edu,addr=0000:00:05.0'] },
      "--device 'edu,addr=0000:00:05.0': 0000:00:05.0: the address is used twice: use another one",
    ],
    [
      { devices: ['edu,addr=01:00.0'] },
      "--device 'edu,addr=01:00.0': 0000:01:00.0: there is no bus 0000:01: add a bridge that leads to it, use bus 00, or say root_bus: true",
    ],
  ])('%j', async (choice, message) => {
    await expect(project.load(choice)).rejects.toThrow(message);
  });
});
