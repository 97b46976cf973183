// What can be said of the model, in-process: refusals are one line with the fix; disks can be given.
import { expect, it } from 'vitest';
import { MemoryDisk } from '../../../src/kernel/memory-disk.js';
import { Machine } from '../../../src/machine.js';

it.each([
  [{ size: '1000' }, 'devices[0].size: 1000 is no multiple of 512 bytes'],
  [{ size: 'big' }, "devices[0].size: 'big' is no number: write one such as 512, 0x200 or 64M"],
  [{ block_size: '1024' }, "devices[0].block_size: 1024 can't be: take 512 or 4096"],
  [{ readonly: 'maybe' }, "devices[0].readonly: 'maybe' is neither yes nor no"],
  [{ queues: '65' }, 'devices[0].queues: 65 is out of range: 1 to 64'],
  [{ queues: '2.5' }, 'devices[0].queues: 2.5 is no whole number'],
  [{ file: '' }, 'devices[0].file: it names no file'],
  [{ queue_entries: '1' }, 'devices[0].queue_entries: 1 is out of range: 2 to 65536'],
  [{ size: '512', block_size: '4096' }, 'devices[0].size: 512 is less than a block of 4096 bytes'],
  [{ serial: 'x'.repeat(21) }, 'is not 1 to 20 ASCII characters'],
  [
    { file: 'disk.img' },
    'disk.img: this machine opens no files: leave it out, or give the machine',
  ],
])('%j is refused', (options, message) => {
  expect(() => new Machine({ devices: [{ model: 'nvme', ...options }] })).toThrow(message);
});

it('the embedder opens files, and disks are closed when devices go', async () => {
  const asked: unknown[] = [];
  let isClosed = false;
  class Image extends MemoryDisk {
    override close(): void {
      isClosed = true;
    }
  }
  const devices = [{ model: 'nvme', file: 'disk.img', size: '64K', readonly: 'yes' }];
  const machine = new Machine(
    { devices },
    {
      openDisk: (request) => {
        asked.push(request);
        return new Image(65_536, true);
      },
    },
  );
  expect(asked).toEqual([{ file: 'disk.img', size: 65_536, isReadOnly: true }]);
  const member = machine.pci.functionAt('0000:00:03.0');
  if (member === undefined) throw new Error('there is no controller');
  await machine.pci.remove(member, machine.task().task);
  expect(isClosed).toBe(true);
});
