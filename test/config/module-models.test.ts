// Device models in files of users: what is loaded from where, and what is said when it can't be.
import { describe, expect, test } from 'vitest';
import { Project } from './project.js';

/** A model, with its vendor id said by a module beside it. */
const MODEL = `import { DeviceOptionError, type DeviceModelFactory } from 'uvfio/device';
import { VENDOR } from './ids.js';

const model: DeviceModelFactory = {
  summary: 'nothing but an identity',
  options: { id: 'the device id' },
  describe({ id = '1' }) {
    if (!/^\\d+$/.test(id)) throw new DeviceOptionError('id', \`'\${id}' is no number\`);
    return { model: 'mine', identity: { vendor: VENDOR, device: Number(id), class: 0xff0000 } };
  },
};
export default model;
`;
const IDS = 'export const VENDOR: number = 0x1234;\n';

async function identities(project: Project, choice: Parameters<Project['load']>[0]) {
  const { plan } = await project.load(choice);
  return plan.functions.map(({ description: { identity } }) => [identity.vendor, identity.device]);
}

describe('a model in a file', () => {
  const javascript = MODEL.replace(/type DeviceModelFactory/, '').replace(
    ': DeviceModelFactory',
    '',
  );
  const project = new Project({
    'devices/mine.ts': MODEL,
    'devices/ids.ts': IDS,
    'js/mine.mjs': javascript,
    'js/ids.js': 'export const VENDOR = 0x4321;\n',
    'machines/one.yaml': 'devices:\n  - { model: ../devices/mine.ts, id: 7 }\n',
    'machines/one.ts': `import { defineMachine } from 'uvfio';
      import mine from '../devices/mine.ts';
      export default defineMachine({ devices: [{ model: mine, id: 8 }] });`,
    'common.cjs':
      'module.exports = { summary: "", options: {}, describe: () => ({ identity: { vendor: 0x5555, device: 1 } }) };',
    'named.ts': "export { default as mine } from './devices/mine.ts'; export const version = '1';",
  });

  test.each([
    [{ devices: ['./devices/mine.ts,id=5'] }, [0x1234, 5]],
    [{ devices: ['devices/mine.ts'] }, [0x1234, 1]],
    [{ devices: [project.path('devices/mine.ts')] }, [0x1234, 1]],
    [{ devices: ['./js/mine.mjs'] }, [0x4321, 1]],
    [{ devices: ['./named.ts'] }, [0x1234, 1]],
    [{ devices: ['./common.cjs'] }, [0x5555, 1]],
    [{ machine: 'machines/one.yaml' }, [0x1234, 7]],
    [{ machine: 'machines/one.ts' }, [0x1234, 8]],
  ])('is found: %j', async (choice, identity) => {
    expect(await identities(project, choice)).toEqual([identity]);
  });

  test('gets the running uvfio, so that its errors are known', async () => {
    await expect(project.load({ devices: ['./devices/mine.ts,id=x'] })).rejects.toThrow(
      "--device './devices/mine.ts,id=x': id: 'x' is no number",
    );
    await expect(project.load({ devices: ['./devices/mine.ts,ids=5'] })).rejects.toThrow(
      "ids: the model 'mine.ts' has no option 'ids': did you mean 'id'?",
    );
  });
});

describe('what can’t be loaded is named, with file and line', () => {
  const project = new Project({
    'syntax.ts': 'export default {\n  describe( ;\n};\n',
    'missing.ts': "import x from 'no-such-package';\nexport default x;\n",
    'nested.ts': "export { default } from './missing.ts';\n",
    'throws.ts': 'const text: string = String(null);\nthrow new Error(text);\n',
    'empty.ts': 'export {};\n',
    'two.ts':
      'const a = { summary: "", options: {}, describe: () => ({}) };\nexport const b = a;\nexport const c = { ...a };\n',
    'half.js': 'export default { describe: () => ({}) };\n',
    'class.js': 'export default class Mine {}\n',
  });

  test.each([
    ['none.ts', /there is no file \S+none\.ts: check the path/],
    ['./', /is a folder: name the file in it/],
    ['syntax.ts', /syntax\.ts:2:12: Unexpected token/],
    ['missing.ts', /missing\.ts imports 'no-such-package', which is not there: install it/],
    ['nested.ts', /missing\.ts imports 'no-such-package'/],
    ['throws.ts', /throws\.ts fails as it is loaded: Error: null: look at \S+throws\.ts:2:7/],
    ['empty.ts', /empty\.ts exports no device model: write `export default defineDevice/],
    ['two.ts', /two\.ts exports 2 device models: make the one that is meant the default export/],
    ['half.js', /half\.js exports is no device model: its `summary` is no text/],
    ['class.js', /class\.js exports is no device model: it is a function/],
  ])('%s', async (file, message) => {
    await expect(project.load({ devices: [file] })).rejects.toThrow(message);
  });

  test('at the place in the description that names it', async () => {
    project.write('machine.yaml', 'devices:\n  - model: edu\n  - model: ./syntax.ts\n');
    await expect(project.load({ machine: 'machine.yaml' })).rejects.toThrow(
      /^machine\.yaml:3:12: devices\[1\]\.model: .*syntax\.ts:2:12: Unexpected token$/,
    );
  });
});
