// The replayer of traces: it reads whatever the format allows, and says readably what differs.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Player } from '../../tools/conformance-seed/player.js';
import { replayFile } from '../../tools/conformance-seed/replay.js';
import { type JsonObject, type Observed, TraceError } from '../../tools/conformance-seed/trace.js';

const header = { format: 'vfio-trace/1', name: 'by_hand', needs: [], state: 'full' };

/** A group open in `f0`, with device d0 bound to a VFIO driver, and a container with drvA in `f1`. */
const inUse: readonly JsonObject[] = [
  { op: 'init' },
  { op: 'iommu_driver', driver: 'drvA', ext: { '1': 1 } },
  { op: 'register_iommu', driver: 'drvA' },
  { op: 'iommu_group', group: 'g0', id: 7 },
  { op: 'device', dev: 'd0', name: '0000:00:01.0' },
  { op: 'group_add', group: 'g0', dev: 'd0' },
  { op: 'device_ops', ops: 'o0', has: ['open', 'release', 'request'] },
  { op: 'bind', dev: 'd0', driver: 'vfio-pci', probe: { ops: 'o0', data: 'D0' } },
  { op: 'open_group', file: 'f0', minor: 0 },
  { op: 'open_container', file: 'f1', container: 'c0' },
  { op: 'ioctl', file: 'f0', cmd: 15208, arg: { fd: 'f1' } },
  { op: 'ioctl', file: 'f1', cmd: 15206, arg: 1 },
];

/** What is observed of the last of some operations. */
async function observe(...operations: readonly JsonObject[]): Promise<Observed> {
  const player = new Player();
  let observed: Observed = { ret: null };
  for (const operation of operations) observed = await player.perform(operation);
  return observed;
}

const openDevice = { op: 'ioctl', file: 'f0', cmd: 15210, arg: { str: '0000:00:01.0' } };

test('any object of eight bytes serves as a status', async () => {
  const status = { op: 'ioctl', file: 'f0', cmd: 15207, arg: { str: '1234567' } };
  expect(await observe(...inUse, status)).toMatchObject({
    ret: 0,
    out: { argsz: 0x34333231, flags: 3 },
  });
});

test('a status that the core left alone is not shown', async () => {
  const status = { op: 'ioctl', file: 'f0', cmd: 15207, arg: { argsz: 7 } };
  expect(await observe(...inUse, status)).not.toHaveProperty('out');
});

test('a device file may stay without a name', async () => {
  expect(await observe(...inUse, openDevice)).toMatchObject({ ret: 5 });
});

test('a result of open is no descriptor, even where one without a name is open', async () => {
  const refuse = { op: 'device_ops', ops: 'o0', open: 5 };
  const named = { ...openDevice, as: 'f2' };
  const close = { op: 'close', file: 'f2' };
  await expect(observe(...inUse, openDevice, refuse, named, close)).rejects.toThrow(TraceError);
});

test('a request may close what is not open yet, or no more', async () => {
  const request = { op: 'device_ops', ops: 'o0', request: { close: 'f9', at: 0 } };
  const remove = { op: 'del_group_dev', dev: 'd0', task: 't0' };
  expect(await observe(...inUse, openDevice, request, remove)).toMatchObject({
    ret: 'parked',
    calls: [['o0', 'request', 'D0', 0]],
  });
});

test('going means nothing to a driver without module', async () => {
  const define = { op: 'iommu_driver', driver: 'drvB', owner: false };
  expect(await observe(define, { op: 'module', driver: 'drvB', going: true })).toMatchObject({
    ret: 0,
  });
});

test('what is empty may be spelled out', async () => {
  const record = { op: 'fault_clear', ret: 0, calls: [], log: [] };
  const text = trace({ ...record, state: emptyState });
  expect(await replayFile('trace', text)).toBeUndefined();
});

test('the first difference is shown with file, line, operation and field', async () => {
  const text = trace({ op: 'fault_clear', ret: 0, calls: [['drvA', 'open', 1]] });
  expect(await replayFile('by_hand.jsonl', text)).toBe(
    [
      'by_hand.jsonl:2: differs in calls',
      '  operation  {"op":"fault_clear"}',
      '  expected   [["drvA","open",1]]',
      '  got        (nothing)',
    ].join('\n'),
  );
});

test('the command counts, and fails when a trace did', { timeout: 120_000 }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'uvfio-traces-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(
    path.join(folder, 'right.jsonl'),
    trace({ op: 'open_group', file: 'f0', minor: 0, ret: -6, state: emptyState }),
  );
  writeFileSync(
    path.join(folder, 'wrong.jsonl'),
    trace({ op: 'open_group', file: 'f0', minor: 0, ret: -5 }),
  );
  const args = ['run', '-s', 'conformance:seed', '--', folder];
  const both = spawnSync('npm', args, { encoding: 'utf8' });
  expect(both.stdout).toMatch(/wrong\.jsonl:2: differs in ret\n(.*\n){3}1 passed, 1 failed\n$/);
  expect(both.status).toBe(1);
  expect(replayBuilt('--jobs', '2', path.join(folder, 'right.jsonl'))).toMatchObject({
    stdout: '1 passed, 0 failed\n',
    status: 0,
  });
  expect(replayBuilt('--what')).toMatchObject({
    stderr: expect.stringMatching(/^conformance:seed: Unknown option '--what'.*\n$/),
    status: 2,
  });
});

const emptyState = {
  registered: [],
  nodes: {},
  drivers: [],
  modules: { vfio: 0 },
  groups: {},
  containers: {},
  parked: [],
};

function trace(...records: JsonObject[]): string {
  return [header, ...records].map((record) => `${JSON.stringify(record)}\n`).join('');
}

/** As `npm run conformance:seed` does, once that has built the scripts. */
function replayBuilt(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const main = 'build/tools/conformance-seed/main.js';
  return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
}
