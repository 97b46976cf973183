// The commands that change a running machine from another terminal.
import { execFileSync } from 'node:child_process';
import { createWriteStream, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type Ended, type Running, startUvfio, uvfio } from '../host/uvfio.js';
import { requires } from '../support/requirement.js';

let running: Running[] = [];

afterEach(async () => {
  for (const { process } of running) process.kill('SIGTERM');
  await Promise.all(running.map(({ ended }) => ended));
  running = [];
});

/** A machine whose program runs a shell script, with what chooses it among others. */
async function machine(
  devices: readonly string[],
  script: string,
): Promise<Running & { id: string }> {
  const flags = devices.flatMap((device) => ['--device', device]);
  const run = startUvfio(['run', ...flags, '--', 'sh', '-c', `echo ready; ${script}`]);
  running.push(run);
  await run.until('ready');
  // The socket is there a moment after the program.
  const id = String(run.process.pid);
  while ((await uvfio('ls', '--machine-id', id)).status !== 0);
  return { ...run, id };
}

async function ask({ id }: { id: string }, ...args: string[]): Promise<Ended> {
  return await uvfio(...args, '--machine-id', id);
}

const IDLE = 'while :; do sleep 0.02; done';

describe('ls', () => {
  test('shows groups, devices and drivers as a tree', async () => {
    const one = await machine(['edu,addr=00:05.0,group=7'], IDLE);
    const { stdout } = await ask(one, 'ls');
    expect(stdout.replace(/\(\d+ s\)/, '(…)')).toBe(
      [
        `machine ${one.id}: sh -c echo ready; ${IDLE} (…)`,
        '└─ group 7  /dev/vfio/7',
        '   └─ 0000:00:05.0  edu [1234:11e8]  vfio-pci',
        '',
      ].join('\n'),
    );
  });

  test('shows who holds a group, by what it has open', async () => {
    const one = await machine(['edu,addr=00:05.0'], `exec 3<>/dev/vfio/0; echo open; ${IDLE}`);
    await one.until('open');
    const { stdout } = await ask(one, 'ls', '--json');
    const holder = { program: 'sh', pid: expect.any(Number) as number };
    const [{ topology }] = JSON.parse(stdout) as [{ topology: { groups: unknown[] } }];
    expect(topology.groups).toMatchObject([
      { id: 0, node: '/dev/vfio/0', holders: expect.arrayContaining([holder]) as unknown },
    ]);
  });

  test('without a machine of that number: one line, status 1', async () => {
    expect(await uvfio('ls', '--machine-id', '1')).toMatchObject({
      status: 1,
      stderr: 'uvfio: there is no machine 1\n',
    });
  });
});

describe('plug and unplug', () => {
  test('a plugged device is in the program’s /sys, an unplugged one is not', async () => {
    const look = 'ls /sys/bus/pci/devices; ls /dev/vfio';
    const wait = 'while [ ! -e /sys/bus/pci/devices/0000:00:06.0 ]; do sleep 0.02; done';
    const waitGone = 'while [ -e /sys/bus/pci/devices/0000:00:05.0 ]; do sleep 0.02; done';
    const one = await machine(['edu,addr=00:05.0'], `${wait}; ${waitGone}; ${look}; ${IDLE}`);
    expect((await ask(one, 'plug', '--device', 'edu,addr=00:06.0')).stdout).toBe(
      '0000:00:06.0: plugged in (vfio-pci, group 1)\n',
    );
    expect((await ask(one, 'unplug', '00:05.0')).stdout).toBe('0000:00:05.0: unplugged\n');
    await one.until('0000:00:06.0\n1\nvfio');
  });

  test.each([
    [['unplug', '00:06.0'], "there is no device at 0000:00:06.0: did you mean '0000:00:05.0'?"],
    [['plug', '--device', 'edo'], "there is no device model 'edo': did you mean 'edu'?"],
    [['bind', '00:05.0', 'vfio-pcy'], "there is no driver 'vfio-pcy': did you mean 'vfio-pci'?"],
    [['irq', '00:05.0'], 'no interrupts are enabled'],
  ])('%j: one line that says what to do', async (args, message) => {
    const one = await machine(['edu,addr=00:05.0'], IDLE);
    const { status, stderr } = await ask(one, ...args);
    expect([status, stderr.split('\n').length]).toEqual([1, 2]);
    expect(stderr).toContain(message);
  });
});

describe('bind', () => {
  test('moves a device to another driver', async () => {
    const one = await machine(['edu,addr=00:05.0'], IDLE);
    await ask(one, 'bind', '00:05.0', 'pci-stub');
    expect((await ask(one, 'ls')).stdout).toContain('0000:00:05.0  edu [1234:11e8]  pci-stub');
    expect((await ask(one, 'unbind', '00:05.0')).stdout).toBe('0000:00:05.0: unbound\n');
  });
});

test('with several machines, a command that is for one names them', async () => {
  const first = await machine(['edu'], IDLE);
  const second = await machine(['edu'], IDLE);
  const { status, stderr } = await uvfio('unplug', '00:03.0');
  expect(status).toBe(1);
  expect(stderr).toContain('several machines are running: choose one with --machine-id');
  expect([stderr.includes(first.id), stderr.includes(second.id)]).toEqual([true, true]);
});

requires(['qemu-img', 'qemu-io'], () => {
  const BENCH = 'qemu-img bench -d 32 -f raw nvme://0000:00:04.0/1';

  const DEVICES = ['nvme,addr=00:04.0,size=64M', 'edu,addr=00:05.0'];

  /** Waits until a QEMU has its interrupts. */
  async function untilInUse(one: Running & { id: string }): Promise<void> {
    while (!(await ask(one, 'ls')).stdout.includes('msix')) expect(one.process.exitCode).toBeNull();
  }

  test('a disk pulled out during qemu-img bench: an I/O error there, the machine goes on', async () => {
    const script = `${BENCH} -c 10000000; echo status $?; ls /sys/bus/pci/devices`;
    const one = await machine(DEVICES, script);
    await untilInUse(one);
    const { status, stdout } = await ask(one, 'unplug', '00:04.0', '--surprise');
    expect([status, stdout.trimEnd().split('\n').at(-1)]).toEqual([0, '0000:00:04.0: unplugged']);
    expect(await one.ended).toMatchObject({
      stdout: expect.stringContaining('status 1\n0000:00:05.0\n') as string,
      stderr: 'qemu-img: Failed request: Input/output error\n',
    });
  });

  test('a disk asked back while QEMU uses it: works on until QEMU has done its work', async () => {
    const fifo = path.join(mkdtempSync(path.join(tmpdir(), 'uvfio-control-')), 'commands');
    execFileSync('mkfifo', [fifo]);
    const script = `qemu-io -f raw nvme://0000:00:04.0/1 <${fifo}; echo status $?; ls /sys/bus/pci/devices`;
    const one = await machine(DEVICES, script);
    const commands = createWriteStream(fifo);
    await untilInUse(one);
    const unplugged = startUvfio(['unplug', '00:04.0', '--machine-id', one.id]);
    await unplugged.until('waiting');
    commands.end('write -P 0xab 0 1M\nread -P 0xab 0 1M\nquit\n');
    expect((await unplugged.ended).stdout).toMatch(
      /0000:00:04\.0: in use by qemu-io \(\d+\); waiting[^\n]*\n0000:00:04\.0: unplugged\n$/,
    );
    const { stdout } = await one.ended;
    expect(stdout).toContain('read 1048576/1048576 bytes at offset 0');
    expect(stdout).toContain('status 0\n0000:00:05.0\n');
  });
});
