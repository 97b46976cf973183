// `withMachine()` under both runners: vitest here, and node:test as its users start it.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Attachment } from 'uvfio/client';
import { MachineTestError, withMachine } from 'uvfio/testing';
import { describe, expect, test } from 'vitest';
import { O_RDWR } from '../../src/uapi/file.js';

const EDU = '0000:00:05.0';
const machine = { devices: [{ model: 'edu', addr: EDU }] };

describe('under vitest', () => {
  test(
    'the body has a machine, a task on it, and its log',
    withMachine(machine, ({ task, log }) => {
      using edu = Attachment.open(task, EDU);
      expect(edu.device.bar(0).read32(0)).toBe(0x0100_00ed);
      expect(log.map(({ text }) => text)).toContain('VFIO - User Level meta-driver version: 0.3');
    }),
  );

  test('without a description it is the default machine', () => {
    return withMachine(undefined, ({ task }) => {
      expect(task.readdir('/sys/bus/pci/devices')).toContain('0000:00:03.0');
    })();
  });

  test('each run has a machine of its own', async () => {
    const run = withMachine(machine, ({ machine: own }) => {
      expect(own.pci.functions).toHaveLength(1);
      own.plug('edu');
    });
    await run();
    await run();
  });
});

describe('a test fails', () => {
  test('when its body does, with the same error', async () => {
    const error = new Error('mine');
    const run = withMachine(machine, () => {
      throw error;
    });
    await expect(run()).rejects.toBe(error);
  });

  test('when descriptors and mappings are left, naming them', async () => {
    const run = withMachine(machine, ({ task }) => {
      task.open('/dev/vfio/vfio', O_RDWR);
    });
    await expect(run()).rejects.toThrow(MachineTestError);
    await expect(run()).rejects.toThrow('descriptor 0 (/dev/vfio/vfio) was left open');
    await withMachine(machine, ({ task }) => void task.open('/dev/vfio/vfio', O_RDWR), {
      failsOnLeaks: false,
    })();
  });

  test('on warnings of the kernel, if it wants to', async () => {
    const body = ({
      machine: own,
    }: {
      machine: { kernel: { log: { warning(text: string): void } } };
    }) => own.kernel.log.warning('DMA went wrong');
    await withMachine(machine, body)();
    await expect(withMachine(machine, body, { failsOn: ['warning'] })()).rejects.toThrow(
      'warning: DMA went wrong',
    );
  });

  test('and says which faults struck, with the seed', async () => {
    const faulty = { ...machine, faults: ['open:EMFILE@1'], faultSeed: 7 };
    const run = withMachine(faulty, ({ task }) => {
      Attachment.open(task, EDU).close();
    });
    await expect(run()).rejects.toThrow(
      /EMFILE[\s\S]*faults that struck: open:EMFILE@1 \(1 times\); faultSeed 7/,
    );
  });
});

test('under node:test', () => {
  const file = fileURLToPath(
    new URL('../../dist/examples/testing/edu-driver.test.js', import.meta.url),
  );
  const { status, stdout } = spawnSync(process.execPath, ['--test', '--test-reporter=tap', file], {
    encoding: 'utf8',
    // Inside another run of node --test it would report to that one.
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
  expect([status, stdout]).toEqual([0, expect.stringContaining('# pass 3\n# fail 0')]);
});
