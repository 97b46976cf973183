// Removing functions and looking for new ones: one after the other, whoever asks.
import { beforeEach, expect, it } from 'vitest';
import { pciBridgeModel } from '../../src/devices/bridge/index.js';
import type { Device } from '../../src/kernel/device.js';
import { Errno } from '../../src/uapi/errno.js';
import { O_RDWR } from '../../src/uapi/file.js';
import { plainDriver, TestPci } from './test-pci.js';

const BRIDGE = '0000:00:1e.0';
const FIRST = '0000:01:01.0';
const SECOND = '0000:01:02.0';
const RESCAN = '/sys/bus/pci/rescan';
const device = { model: 'test', identity: { vendor: 1, device: 2, class: 0xff0000 } };
const removeOf = (name: string) => `/sys/bus/pci/devices/${name}/remove`;

let machine: TestPci;
/** Lets the driver let go of a device. */
let release: () => void;

beforeEach(() => {
  machine = new TestPci({
    '00:1e.0': pciBridgeModel.describe({}),
    '01:01.0': device,
    '01:02.0': device,
  });
  const inUse = new Promise<void>((resolve) => {
    release = resolve;
  });
  const remove = async (_device: Device): Promise<void> => await inUse;
  machine.pci.registerDriver(plainDriver('slow', { remove }));
});

const names = () => machine.pci.functions.map((member) => member.device.name);

async function bindSlow(name: string): Promise<void> {
  await machine.echo('slow', `/sys/bus/pci/devices/${name}/driver_override`);
  expect(await machine.echo(name, '/sys/bus/pci/drivers/slow/bind')).toBe('ok');
}

it('a bridge comes back with what is behind it, again and again', async () => {
  for (let round = 0; round < 2; round++) {
    expect(await machine.echo('1', removeOf(BRIDGE))).toBe('ok');
    expect(names()).toEqual([]);
    expect(await machine.echo('1', RESCAN)).toBe('ok');
    expect(names()).toEqual([BRIDGE, FIRST, SECOND]);
  }
});

it('a rescan waits for a removal under way, so that nothing is found behind a bridge that goes', async () => {
  await bindSlow(SECOND);
  const removed = machine.echo('1', removeOf(BRIDGE));
  const found = machine.echo('1', RESCAN);
  release();
  expect(await Promise.all([removed, found])).toEqual(['ok', 'ok']);
  expect(names()).toEqual([BRIDGE, FIRST, SECOND]);
});

it('whoever wants to remove what is being removed waits for it, and is done', async () => {
  await bindSlow(FIRST);
  const removed = [machine.echo('1', removeOf(FIRST)), machine.echo('1', removeOf(FIRST))];
  release();
  expect(await Promise.all(removed)).toEqual(['ok', 'ok']);
  expect(names()).toEqual([BRIDGE, SECOND]);
});

it('no driver gets a device that is being removed', async () => {
  await bindSlow(FIRST);
  const removed = machine.echo('1', removeOf(FIRST));
  const bound = machine.echo(FIRST, '/sys/bus/pci/drivers/slow/bind');
  release();
  expect(await Promise.all([removed, bound])).toEqual(['ok', 'ENODEV']);
  expect(names()).toEqual([BRIDGE, SECOND]);
});

it('files of a function that are still open are ENODEV when it is gone', async () => {
  const { calls, task, memory } = machine;
  const file = task.files.get(calls.open(task, `/sys/bus/pci/devices/${FIRST}/numa_node`, O_RDWR));
  if (file === undefined) throw new Error('numa_node can not be opened');
  await machine.echo('1', removeOf(FIRST));
  const { address } = memory.allocate(2);
  expect(calls.read(task, file, address, 2)).toBe(-Errno.ENODEV);
  expect(calls.write(task, file, address, 2)).toBe(-Errno.ENODEV);
});
