// Device models of users, with mistakes in them, before native programs: programs and uvfio go on.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { unsupportedPlatformReason } from '../../src/host/native/platform.js';
import { requiresThat } from '../support/requirement.js';
import { startUvfio, uvfio } from './uvfio.js';

const model = fileURLToPath(new URL('devices/faulty.ts', import.meta.url));
const client = new URL('../../dist/client/index.js', import.meta.url).href;

/** A program that does something with the registers of the device. */
function program(body: string): string[] {
  const code = `import { Attachment, linuxSystem } from '${client}';
    const attached = Attachment.open(linuxSystem(), '0000:00:03.0');
    attached.device.enableBusMaster();
    const registers = attached.device.bar(0);
    ${body}`;
  return [process.execPath, '--input-type=module', '-e', code];
}

requiresThat(unsupportedPlatformReason() === undefined, 'needs Linux on x86-64', () => {
  describe('a model that throws', () => {
    test('in an access answers as a dead device, and is reported with its stack', async () => {
      const body = `registers.write32(4, 7);
        console.log(registers.read32(0), registers.read32(0x20).toString(16));`;
      const run = await uvfio('run', '--device', model, '--', ...program(body));
      expect([run.status, run.stdout]).toEqual([0, '42 ffffffff\n']);
      expect(run.stderr).toMatch(
        /^uvfio: defect: 0000:00:03\.0: the device model fails at a write of 0x7 to 4 bytes at BAR 0 offset 0x4: Error: this model has a mistake\n +at mistake \(.*faulty\.ts:5:9\)\n +at .*faulty\.ts:17:27\)\n/,
      );
      expect(run.stderr).toContain('at a read of 4 bytes at BAR 0 offset 0x20: ');
      expect(run.stderr).not.toContain('server-worker.js');
    });

    test('in a timer, or a promise that nobody waits for, is reported, and it goes on', async () => {
      const body = `registers.write32(8, 1);
        registers.write32(12, 1);
        await new Promise((resolve) => setTimeout(resolve, 100));
        console.log(registers.read32(0));`;
      const run = await uvfio('run', '--device', model, '--', ...program(body));
      expect([run.status, run.stdout]).toEqual([0, '42\n']);
      expect(run.stderr).toContain('the device model fails at a timer: Error: this model has');
      expect(run.stderr.match(/defect: /g)).toHaveLength(2);
    });
  });

  test('a model in a file can be plugged into a running machine, from any folder', async () => {
    const wait = 'until [ -e /sys/bus/pci/devices/0000:00:09.0 ]; do sleep 0.1; done';
    const script = `echo ready; ${wait}; cat /sys/bus/pci/devices/0000:00:09.0/device`;
    const running = startUvfio(['run', '--machine', 'empty', '--', 'sh', '-c', script]);
    await running.until('ready');
    const machine = ['--machine-id', String(running.process.pid)];
    const file = path.relative(process.cwd(), model);
    const wrong = await uvfio('plug', ...machine, '--device', `${file},loud=yes`);
    expect(wrong.stderr).toContain("loud: the model 'faulty' has no option 'loud'");
    const plugged = await uvfio('plug', ...machine, '--device', `${file},addr=00:09.0`);
    expect(plugged.stdout).toMatch(/^0000:00:09\.0: plugged in \(vfio-pci, group \d+\)\n$/);
    expect((await running.ended).stdout).toBe('ready\n0x0bad\n');
  });

  test.each([
    ['dies at once', ''],
    ['does not', "process.on('SIGTERM', () => undefined);"],
  ])(
    'a model that never returns is given up by SIGTERM, if its program %s',
    async (_what, first) => {
      const body = `${first} console.log('now'); registers.write32(16, 1);`;
      const running = startUvfio(['run', '--device', model, '--', ...program(body)]);
      await running.until('now');
      await sleep(300); // it is in the call now, or at the latest soon
      running.process.kill('SIGTERM');
      const { status, signal, stderr } = await running.ended;
      expect({ status, signal }).toEqual({ status: 125, signal: null });
      expect(stderr).toBe(
        'uvfio: the machine does not answer: a device model of yours did not return from an access\n',
      );
    },
  );

  test.each([
    ['never comes to an end', 'for (;;);'],
    ['waits for ever', 'await new Promise(() => undefined);'],
  ])('a file that %s as it is loaded is given up by SIGINT', async (_what, code) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'uvfio-endless-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = path.join(folder, 'endless.mjs');
    writeFileSync(
      file,
      `import { writeSync } from 'node:fs';\nwriteSync(1, 'loading');\n${code}\n`,
    );
    const running = startUvfio(['run', '--device', file, '--', 'true']);
    await running.until('loading');
    running.process.kill('SIGINT');
    expect(await running.ended).toEqual({
      status: 125,
      signal: null,
      stdout: 'loading',
      stderr:
        'uvfio: the machine does not get ready: a file that describes it, or a model of yours, did not come to an end\n',
    });
  });
});
