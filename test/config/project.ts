// A folder of files, as users have them, and the machines that are loaded in it.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { type LoadedMachine, loadMachine } from '../../src/config/load-machine.js';
import { UserModules } from '../../src/config/user-modules.js';
import * as device from '../../src/device.js';
import * as uvfio from '../../src/index.js';

export class Project {
  readonly folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'uvfio-project-')));

  /** @param files content by path */
  constructor(files: Readonly<Record<string, string>> = {}) {
    for (const [name, text] of Object.entries(files)) this.write(name, text);
    afterAll(() => rmSync(this.folder, { recursive: true }));
  }

  write(name: string, text: string): void {
    const file = this.path(name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  path(name: string): string {
    return path.join(this.folder, name);
  }

  /** What `uvfio run --machine MACHINE --device DEVICE…` in a folder of the project is about. */
  async load(
    { machine, devices = [] }: { machine?: string; devices?: readonly string[] },
    folder = '.',
  ): Promise<LoadedMachine> {
    const modules = new UserModules({ uvfio, 'uvfio/device': device });
    const choice = { devices, ...(machine === undefined ? {} : { machine }) };
    return await loadMachine(choice, this.path(folder), modules);
  }
}
