// Sessions of native programs, recorded and run again without them.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { compiled, type Ended, startUvfio, uvfio } from '../host/uvfio.js';
import { pcap } from '../net/pcap-file.js';
import { frameOf } from '../net/station.js';
import { requires } from '../support/requirement.js';

const folder = mkdtempSync(path.join(tmpdir(), 'uvfio-replay-'));
const file = (name: string): string => path.join(folder, name);
const client = new URL('../../dist/client/index.js', import.meta.url).href;

afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a program while it is recorded. */
async function recorded(name: string, ...args: readonly string[]): Promise<Ended> {
  return await uvfio('run', '--record', file(name), ...args);
}

/** Replays it, and expects it to be as it was: the line about it. */
async function expectSame(name: string): Promise<string> {
  const { stdout, stderr, status } = await uvfio('replay', file(name));
  expect(stderr).toBe('');
  expect(stdout).toMatch(/: \d+ records, all the same\n1 passed, 0 failed\n$/);
  expect(status).toBe(0);
  return stdout;
}

/** How many records a replay went through. */
function countIn(line: string): number {
  return Number(/: (\d+) records/.exec(line)?.[1]);
}

describe('a session comes out the same', () => {
  requires('cc', () => {
    test.each([
      ['irq', 'exit'],
      ['device', 'fork'],
      ['irq', 'dups'],
      ['bar', 'work'],
    ])('of a program that brings up %s, then: %s', async (state, action) => {
      const program = [compiled('vfio-client'), state, action, '0000:00:03.0'];
      const { status, stderr } = await recorded('client.uvfio', '--', ...program);
      expect([status, stderr]).toEqual([0, '']);
      expect(countIn(await expectSame('client.uvfio'))).toBeGreaterThan(80);
    });
  });

  test('of faults on purpose, by chance too', async () => {
    const faults = ['copy_to_user:20%', 'map_dma:ENOMEM@1', 'get_device_fd:delay=20ms'];
    const flags = faults.flatMap((fault) => ['--fault', fault]);
    const program = ['node', 'dist/examples/demo/demo.js'];
    const { stderr } = await recorded('faults.uvfio', ...flags, '--seed', '7', '--', ...program);
    expect(stderr).toContain('faults that struck');
    await expectSame('faults.uvfio');
  });

  test('of a shell that changes permissions, seeks, binds and unbinds', async () => {
    const script = [
      'cd /sys/bus/pci/devices/0000:00:03.0',
      'chmod 640 /dev/vfio/0; chmod 777 /dev/vfio/nothing 2>&-',
      'dd if=config bs=1 skip=4 count=2 2>&- | od -An -tx1',
      'echo 0000:00:03.0 > driver/unbind; test -e driver && exit 1',
      'echo 0000:00:03.0 > /sys/bus/pci/drivers/vfio-pci/bind; stat -c %a /dev/vfio/0',
    ].join('\n');
    const { stdout, status } = await recorded('shell.uvfio', '--', 'sh', '-c', script);
    expect([stdout.trim().split(/\s+/).length, status]).toEqual([3, 0]);
    await expectSame('shell.uvfio');
  });

  test('of networks that end in sockets, whose other end comes later and goes', async () => {
    const [socket, input] = [file('lan.sock'), file('in.pcap')];
    const sent = ['hello', 'again'].map((text) => frameOf(255, 9, text));
    writeFileSync(input, pcap(sent.map((bytes, i) => ({ at: [1000, i], bytes }))));
    const connecting = startUvfio([
      ...['run', '--record', file('connecting.uvfio'), '--machine', 'empty'],
      ...['--net', `lan0,connect=${socket},replay=${input}`, '--', 'sh', '-c', 'echo up; sleep 4'],
    ]);
    await connecting.until('up');
    const net = ['--net', `lan0,listen=${socket},loopback=yes`];
    const { stderr } = await recorded('listening.uvfio', '-m', 'empty', ...net, '--', 'sleep', '2');
    expect(stderr).toBe('');
    await connecting.ended;
    rmSync(input);
    // What a machine sent and what came back, each in its own recording, and the files are gone.
    expect(countIn(await expectSame('listening.uvfio'))).toBeGreaterThan(20);
    expect(countIn(await expectSame('connecting.uvfio'))).toBeGreaterThan(20);
  });

  requires(['qemu-img', 'stdbuf'], () => {
    test('of QEMU on an image, which is not needed any more, with its trace', async () => {
      const image = file('disk.img');
      const device = `nvme,addr=0000:00:06.0,file=${image},size=16M`;
      const bench = ['qemu-img', 'bench', '-w', '-c', '200', '-d', '8', '-s', '4096', '-f', 'raw'];
      const traced = ['--trace', file('live.txt'), '--report'];
      const flags = [...traced, '--device', device];
      const { status } = await recorded(
        'qemu.uvfio',
        ...flags,
        '--',
        ...bench,
        'nvme://0000:00:06.0/1',
      );
      expect(status).toBe(0);
      rmSync(image);
      await expectSame('qemu.uvfio');
      await uvfio('replay', '--trace', file('again.txt'), '--report', file('qemu.uvfio'));
      expect(readFileSync(file('again.txt'), 'utf8')).toBe(readFileSync(file('live.txt'), 'utf8'));
      expect(readFileSync(file('live.txt'), 'utf8')).toContain('SET_IOMMU');
    });

    test.each([
      ['asked for', []],
      ['pulled out', ['--surprise']],
    ])('of a device that is %s while it works', async (_what, how) => {
      const flags = ['run', '--record', file('unplug.uvfio'), '--device', 'nvme,addr=00:06.0'];
      // Line by line, to be told when it is at work.
      const bench = 'stdbuf -oL qemu-img bench -c 1000000000 -d 2 -f raw nvme://0000:00:06.0/1';
      const script = `${bench} & echo $! > ${file('pid')}; wait; echo over`;
      const run = startUvfio([...flags, '--', 'sh', '-c', script]);
      await run.until('Sending');
      const id = String(run.process.pid);
      const unplug = startUvfio(['unplug', '00:06.0', '--machine-id', id, ...how]);
      await unplug.until('waiting');
      // It does not listen to what it is asked for, so it ends when it is told to, or when nothing works any more.
      if (how.length === 0) process.kill(Number(readFileSync(file('pid'), 'utf8')));
      await run.until('over');
      expect((await unplug.ended).stdout).toContain('0000:00:06.0: unplugged');
      await run.ended;
      await expectSame('unplug.uvfio');
    });
  });
});

describe('what is not the same', () => {
  const MODEL = `
    import { defineDevice } from 'uvfio/device';
    export default defineDevice({
      name: 'scaler',
      summary: 'scales what is written',
      options: {},
      describe: () => ({
        identity: { vendor: 0x1234, device: 0xadd, class: 0xff0000 },
        bars: [{ index: 0, kind: 'memory32', size: 4096 }],
        create: () => {
          let value = 0;
          return {
            read: () => value,
            write: (_bar, _offset, _size, written) => { value = SCALE * written; },
            reset: () => { value = 0; },
          };
        },
      }),
    });`;
  const model = file('scaler.ts');
  const program = file('scale.mjs');

  async function record(): Promise<void> {
    writeFileSync(model, MODEL.replace('SCALE', '3'));
    writeFileSync(
      program,
      `import { Attachment, linuxSystem } from '${client}';
       const attachment = Attachment.open(linuxSystem(), '0000:00:05.0');
       const bar = attachment.device.bar(0);
       bar.write32(0, 14);
       console.log(bar.read32(0));`,
    );
    const device = ['--device', `${model},addr=00:05.0`];
    expect((await recorded('scale.uvfio', ...device, '--', 'node', program)).stdout).toBe('42\n');
  }

  test('is told with what was expected, where, and after what', async () => {
    await record();
    await expectSame('scale.uvfio');
    writeFileSync(model, MODEL.replace('SCALE', '4'));
    const { stdout, status } = await uvfio('replay', file('scale.uvfio'));
    expect(stdout).toMatch(
      /^\S+: differs at record \d+, in pread64\(.* 0000:00:05.0, BAR0\+0x0, 4\) of node/,
    );
    expect(stdout).toContain('value=0x2a');
    expect(stdout).toContain('value=0x38');
    expect(stdout).toMatch(/before that:\n(?: {4}.*\n)+0 passed, 1 failed\n$/);
    expect(stdout).toContain('pwrite64');
    expect(status).toBe(1);
  });

  test('is what another model does; one that is gone is said to be', async () => {
    await record();
    rmSync(model);
    const { stdout, status } = await uvfio('replay', file('scale.uvfio'));
    expect(stdout).toContain('there is no file');
    expect(status).toBe(1);
  });
});

describe('recordings that are not whole', () => {
  const recording = file('whole.uvfio');

  test('are replayed as far as they go, or refused, and never more', async () => {
    const shell = 'exec 3<>/dev/vfio/vfio 4<>/dev/vfio/0; cat /sys/bus/pci/devices/*/vendor';
    await recorded('whole.uvfio', '--', 'sh', '-c', shell);
    const bytes = readFileSync(recording);
    const damaged = fc.sample(
      fc.tuple(fc.nat(bytes.length - 1), fc.option(fc.integer({ min: 1, max: 255 }))),
      { numRuns: 30, seed: 20_261_130 },
    );
    const names = damaged.map(([at, flip], index) => {
      const copy = flip === null ? bytes.subarray(0, at) : Buffer.from(bytes);
      if (flip !== null) copy[at] = (copy[at] ?? 0) ^ flip;
      writeFileSync(file(`damaged-${index}.uvfio`), copy);
      return file(`damaged-${index}.uvfio`);
    });
    const { stdout, stderr } = await uvfio('replay', ...names);
    expect(stderr).toBe('');
    const [, passed = '', failed = ''] = /(\d+) passed, (\d+) failed\n$/.exec(stdout) ?? [];
    expect(Number(passed) + Number(failed)).toBe(names.length);
    expect(Number(failed)).toBeGreaterThan(0);
    // All that had the first lines and lost the end.
    for (const line of stdout.split('\n')) expect(line).not.toMatch(/\bat .*\.js:\d+/);
  });

  test('say so: a run that was killed leaves what there was until then', async () => {
    const run = startUvfio([
      'run',
      '--record',
      file('killed.uvfio'),
      '--',
      'sh',
      '-c',
      'cat /sys/bus/pci/devices/*/vendor; sleep 1; echo slept; sleep 60',
    ]);
    await run.until('slept');
    run.process.kill('SIGKILL');
    await run.ended;
    const { stdout, status } = await uvfio('replay', file('killed.uvfio'));
    expect(stdout).toMatch(/records, all the same; the recording is cut off there\n1 passed/);
    expect(status).toBe(0);
  });

  test.each([
    ['/nowhere/a.uvfio', 'there is no such file'],
    ['package.json', 'is no recording of uvfio run --record'],
    ['.', 'is a directory'],
  ])('%s: %s', async (name, says) => {
    const { stdout, status } = await uvfio('replay', name);
    expect(stdout).toContain(says);
    expect(status).toBe(1);
  });

  test('a recording that cannot be written keeps the program from running', async () => {
    const { stdout, stderr, status } = await uvfio(
      'run',
      '--record',
      '/dev/full',
      '--',
      'echo',
      'ran',
    );
    expect([stdout, stderr, status]).toEqual([
      '',
      "uvfio: /dev/full: can't be written: no space left\n",
      125,
    ]);
  });
});
