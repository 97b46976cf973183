// `uvfio init` begins a machine description, and `uvfio devices` says what can be in it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { typescriptStart, yamlStart } from '../../src/cli/starting-text.js';
import { deviceModels } from '../../src/devices/index.js';
import { readDescription } from '../../src/machine/description-text.js';
import { MachinePlan } from '../../src/machine/machine-plan.js';
import { presets } from '../../src/machine/presets.js';
import { Project } from '../config/project.js';
import { MAIN } from '../host/uvfio.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'uvfio-init-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function uvfio(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('uvfio init', () => {
  test('writes a description, and says what to do next', () => {
    expect(uvfio('init')).toEqual({
      status: 0,
      stdout: 'uvfio.config.yaml is written; try: uvfio run -- lspci -nnk\n',
      stderr: '',
    });
    expect(readFileSync(path.join(folder, 'uvfio.config.yaml'), 'utf8')).toBe(yamlStart);
    expect(uvfio('init', 'other.ts').stdout).toContain('uvfio run --machine other.ts');
    expect(readFileSync(path.join(folder, 'other.ts'), 'utf8')).toBe(typescriptStart);
  });

  test('keeps a file that is there, but by --force', () => {
    writeFileSync(path.join(folder, 'uvfio.config.yaml'), 'mine');
    expect(uvfio('init')).toMatchObject({
      status: 1,
      stderr: 'uvfio: uvfio.config.yaml: is there already: --force replaces it\n',
    });
    expect(readFileSync(path.join(folder, 'uvfio.config.yaml'), 'utf8')).toBe('mine');
    expect(uvfio('init', '--force').status).toBe(0);
    expect(readFileSync(path.join(folder, 'uvfio.config.yaml'), 'utf8')).toBe(yamlStart);
  });

  test('does not make two of which one would be found', () => {
    uvfio('init');
    expect(uvfio('init', 'uvfio.config.ts').stderr).toBe(
      'uvfio: uvfio.config.ts: the folder has uvfio.config.yaml already: change that one\n',
    );
  });

  test.each([
    ['machine.json', "'.json' is not the extension"],
    ['none/machine.yaml', 'ENOENT'],
  ])('refuses %s', (file, message) => {
    const { status, stderr } = uvfio('init', file);
    expect(status).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr.split('\n')).toHaveLength(2);
  });

  test('has what it proposes in comments understood too', () => {
    const text = yamlStart.replace(/^( *)# ( *- | {2,}|iommu:)/gm, '$1$2');
    expect(text).toContain('\n  - model: nvme\n    addr:');
    const { description } = readDescription(text.replace(/^.*my-device.*$/m, ''), 'init.yaml');
    const plan = new MachinePlan(description, deviceModels);
    expect(plan.functions.map(({ description: { model } }) => model)).toEqual([
      'edu',
      'root-port',
      'nvme',
      'edu',
    ]);
  });

  test('writes TypeScript that is a machine', async () => {
    const project = new Project({ 'uvfio.config.ts': typescriptStart });
    expect((await project.load({})).plan.functions).toHaveLength(1);
  });
});

describe('uvfio devices', () => {
  test('lists models and machines', () => {
    const { stdout } = uvfio('devices');
    const listed = [...stdout.matchAll(/^ {2}(\S+) {2,}\S/gm)].map(([, name]) => name);
    expect(listed).toEqual([...deviceModels.keys(), ...presets.keys()]);
  });

  test('lists the options of a model, and of one in a file', () => {
    expect(uvfio('devices', 'edu').stdout).toContain(
      '  dma_bits      bits of the addresses that DMA reaches: 12 to 64 (28)\n',
    );
    writeFileSync(
      path.join(folder, 'mine.mjs'),
      `import { defineDevice, option } from 'uvfio/device';
      export default defineDevice({ name: 'mine', summary: 'is mine', options: { loud: option.flag({ summary: 'noise', default: true }) }, describe: () => ({}) });`,
    );
    expect(uvfio('devices', 'mine.mjs').stdout).toMatch(
      /^mine\.mjs: is mine\n {2}loud {2}noise: yes or no \(yes\)\n/,
    );
  });

  test.each([
    ['ed', "there is no device model 'ed': did you mean 'edu'?"],
    ['./none.ts', 'none.ts: check the path'],
  ])('says that there is no %s', (name, message) => {
    const { status, stderr } = uvfio('devices', name);
    expect([status, stderr]).toEqual([1, expect.stringContaining(message)]);
  });
});
