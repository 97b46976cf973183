// The package as its users have it: packed, unpacked into a project, used by somebody without privileges.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asUser, ALICE } from '../support/other-user.js';
import { findProgram, requires } from '../support/requirement.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const project = mkdtempSync(path.join(tmpdir(), 'uvfio-package-'));
const inProject = (name: string): string => path.join(project, name);

/** Packages that the package says it needs. */
const { dependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  readonly dependencies: Readonly<Record<string, string>>;
};

requires('tar', () => {
  beforeAll(() => {
    const packed = execFileSync(
      'npm',
      ['pack', '--ignore-scripts', '--pack-destination', project],
      {
        cwd: root,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    ).trim();
    mkdirSync(inProject('node_modules'));
    execFileSync('tar', ['-xzf', inProject(packed), '-C', inProject('node_modules')]);
    renameSync(inProject('node_modules/package'), inProject('node_modules/uvfio'));
    for (const name of [...Object.keys(dependencies), '@koromix']) {
      const source = path.join(root, 'node_modules', name);
      cpSync(source, inProject(`node_modules/${name}`), { recursive: true, dereference: true });
    }
    for (const name of ['adder.ts', 'checksum.ts']) {
      cpSync(path.join(root, 'examples/devices', name), inProject(name));
    }
    writeFileSync(inProject('package.json'), '{ "type": "module" }');
    chmodSync(project, 0o755);
  });
  afterAll(() => rmSync(project, { recursive: true }));

  describe('in a project that has it installed', () => {
    test('devices of one’s own are there for programs, whoever starts them', () => {
      const isRoot = process.getuid?.() === 0 && findProgram('setpriv') !== undefined;
      const command = inProject('node_modules/uvfio/dist/bin/uvfio.js');
      const devices = ['adder', 'checksum'].flatMap((name) => ['-d', `./${name}.ts`]);
      const list = 'cat /sys/bus/pci/devices/*/device';
      const [file = '', ...args] = [
        ...(isRoot ? asUser(ALICE) : []),
        process.execPath,
        ...[command, 'run', ...devices, '--', 'sh', '-c', list],
      ];
      const { stdout, stderr } = spawnSync(file, args, { cwd: project, encoding: 'utf8' });
      expect([stdout, stderr]).toEqual(['0x0add\n0x0c5c\n', '']);
    });

    test('their types are checked', () => {
      const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
      const options = ['--noEmit', '--strict', '--target', 'ES2022', '--module', 'NodeNext'];
      writeFileSync(
        inProject('wrong.ts'),
        "import { RegisterTable } from 'uvfio/device';\nnew RegisterTable({ A: { offset: 0, access: 'R' } });\n",
      );
      const files = ['adder.ts', 'checksum.ts', 'wrong.ts'];
      const { stdout } = spawnSync(
        process.execPath,
        [compiler, ...options, '--types', '', ...files],
        { cwd: project, encoding: 'utf8' },
      );
      const errors = stdout.match(/^\S.*$/gm);
      expect(errors).toEqual([
        expect.stringContaining('wrong.ts(2,37): error TS2322: Type \'"R"\''),
      ]);
    });

    test('the schema of descriptions is exported', () => {
      const code = "process.stdout.write(import.meta.resolve('uvfio/schema.json'))";
      const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
        cwd: project,
        encoding: 'utf8',
      });
      expect(stdout).toMatch(/node_modules\/uvfio\/dist\/schema\.json$/);
    });
  });
});
