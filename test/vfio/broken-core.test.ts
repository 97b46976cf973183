// The traces notice when the core is broken: each of these changes to one line of it makes at least
// one of the traces written by hand differ.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { build, type Plugin } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { readTraces } from '../../tools/conformance-seed/trace-files.js';

interface Breakage {
  /** The rule that does not hold any more. */
  readonly rule: string;
  /** File in src/vfio. */
  readonly file: string;
  readonly line: string;
  readonly broken: string;
}

const breakages: readonly Breakage[] = [
  breakage(
    'drivers are asked newest first',
    'iommu-driver-registry',
    'unshift(driver)',
    'push(driver)',
  ),
  breakage(
    'a driver registers once',
    'iommu-driver-registry',
    'this.#drivers.includes(driver)',
    'false',
  ),
  breakage('0 does not end the polling', 'iommu-driver-registry', 'answer > 0', 'answer >= 0'),
  breakage(
    'a poll gives the module back',
    'iommu-driver-registry',
    '      driver.owner?.put();\n      if',
    '      if',
  ),
  breakage('a container is powerless without groups', 'container', 'group === undefined ||', ''),
  breakage('an IOMMU is set once', 'container', ' || this.#driver !== undefined', ''),
  breakage(
    'a failed SET_IOMMU gives the module back',
    'container',
    'if (result !== 0) driver.owner?.put()',
    '',
  ),
  breakage(
    'all that is attached is detached when the next one refuses',
    'container',
    'let { previous } = entry',
    'let previous = entry.previous?.previous',
  ),
  breakage(
    'the driver stays while groups are in',
    'container',
    ' || this.#groups.first !== undefined',
    '',
  ),
  breakage(
    'the last group takes the driver with it',
    'container',
    'driver.release(this.#data);',
    '',
  ),
  breakage('a group is opened once', 'group', 'this.#isOpen || this', 'this'),
  breakage(
    'a group in a container is not opened',
    'group',
    'this.#isOpen || this.#container !== undefined',
    'this.#isOpen',
  ),
  breakage('a group with other users stays', 'group', 'this.#users > 1', 'this.#users > 2'),
  breakage(
    'the last user takes the group out',
    'group',
    'if (this.#users > 0) return;',
    'if (this.#users > 1) return;',
  ),
  breakage(
    'devices need an IOMMU',
    'group',
    'container?.iommuDriver === undefined',
    'container === undefined',
  ),
  breakage('a status needs its size', 'group-file', '< GroupStatus.size', '<= GroupStatus.size'),
  breakage(
    'a status says the group is in a container',
    'group-file',
    'flags |= VFIO',
    'flags &= VFIO',
  ),
  breakage('descriptor 0 is one', 'group-file', 'fd < 0', 'fd <= 3'),
  breakage(
    'a refused device is put',
    'get-device-fd',
    'device.put();\n    return refusal',
    'return refusal',
  ),
  breakage(
    'an opened device that gets no file is released',
    'get-device-fd',
    'device.ops.release?.(device.data);',
    '',
  ),
  breakage('a descriptor without a file is free', 'get-device-fd', 'task.files.unreserve(fd);', ''),
  breakage('a device file uses the container', 'get-device-fd', 'device.group.useContainer();', ''),
  breakage(
    'the device is released before the container is left',
    'device-file',
    'device.ops.release?.(device.data);\n    device.group.leaveContainer();',
    'device.group.leaveContainer();\n    device.ops.release?.(device.data);',
  ),
  breakage('pci-stub is harmless', 'viability', "driver.name === 'pci-stub' || ", ''),
  breakage('a device on its way out is viable', 'viability', ' || group.unbound.has(device)', ''),
  breakage(
    'a device bound without VFIO is a BUG',
    'group-notifier',
    'isDeviceViable(group, device)) return',
    'true) return',
  ),
  breakage('an idle group survives any driver', 'group-notifier', 'group.users === 0 || ', ''),
  breakage(
    'an unbound device leaves the list',
    'group-notifier',
    'group.unbound.remove(device);',
    '',
  ),
  breakage(
    'minors are given back',
    'group-registry',
    '    this.#minors.free(minor);\n  }\n}',
    '  }\n}',
  ),
  breakage(
    'a minor without a node is free',
    'group-registry',
    '      this.#minors.free(minor);\n      throw error',
    '      throw error',
  ),
  breakage(
    'a device is added once',
    'device-addition',
    'group.devices.of(device) !== undefined',
    'false',
  ),
  breakage(
    'requests are counted',
    'device-removal',
    'device.ops.request?.(device.data, count)',
    'device.ops.request?.(device.data, 0)',
  ),
  breakage('the user is asked every 10 s', 'device-removal', '10_000', '9_000'),
  breakage('a signal is heard', 'device-removal', 'interruptible = true', 'interruptible = false'),
  breakage('an external user uses the container', 'external-user', 'group.useContainer();', ''),
  breakage(
    'what is taken is given back last first',
    'registrations',
    'steps.splice(0).reverse()',
    'steps.splice(0, 1)',
  ),
];

const traces = readTraces('test/data/seed-traces.tar.br').filter(
  ({ name }) => !path.basename(name).startsWith('rnd_'),
);

describe('the traces notice when', () => {
  test('nothing is broken', async () => {
    expect(await complaintAbout(undefined)).toBe('');
  });

  for (const change of breakages) {
    test(`it does not hold that ${change.rule}`, async () => {
      expect(await complaintAbout(change)).not.toBe('');
    });
  }
});

function breakage(rule: string, file: string, line: string, broken: string): Breakage {
  return { rule, file: `${file}.ts`, line, broken };
}

/** What the traces first say about a core with one change: nothing, if they notice nothing. */
async function complaintAbout(change: Breakage | undefined): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: REPLAY, resolveDir: process.cwd(), loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    plugins: change === undefined ? [] : [changing(change)],
  });
  const code = Buffer.from(outputFiles[0]?.contents ?? []).toString('base64');
  // In a thread, for a broken core may not come to an end.
  const worker = new Worker(new URL(`data:text/javascript;base64,${code}`), { workerData: traces });
  try {
    return await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', (error) => resolve(`it crashes: ${error.message}`));
      setTimeout(() => resolve('it does not come to an end'), PATIENCE_MS).unref();
      worker.once('exit', () => reject(new Error('the thread has ended without a word')));
    });
  } finally {
    await worker.terminate();
  }
}

const PATIENCE_MS = 10_000;

const REPLAY = `
  import { parentPort, workerData } from 'node:worker_threads';
  import { replayFile } from './tools/conformance-seed/replay.ts';
  let complaint;
  for (const { name, text } of workerData) complaint ??= await replayFile(name, text);
  parentPort.postMessage(complaint ?? '');
`;

function changing({ file, line, broken }: Breakage): Plugin {
  return {
    name: 'breakage',
    setup({ onLoad }) {
      onLoad({ filter: new RegExp(`/src/vfio/${file}$`) }, (args) => {
        const source = readFileSync(args.path, 'utf8');
        if (source.split(line).length !== 2) throw new Error(`${file}: not there once: ${line}`);
        return { contents: source.replace(line, broken), loader: 'ts' };
      });
    },
  };
}
