import { expect, test } from 'vitest';
import { Machine } from '../../src/machine.js';
import { Errno } from '../../src/uapi/errno.js';

const FOLDER = '/sys/module/vfio_iommu_type1/parameters';

function setUp() {
  const task = new Machine({ devices: [{ model: 'edu' }] }).task();
  const read = (name: string) => {
    const bytes = task.readFile(`${FOLDER}/${name}`);
    return typeof bytes === 'number' ? bytes : new TextDecoder().decode(bytes);
  };
  const write = (name: string, text: string) => task.writeFile(`${FOLDER}/${name}`, text);
  return { read, write };
}

test.each([
  ['allow_unsafe_interrupts', 'N\n'],
  ['disable_hugepages', 'N\n'],
  ['dma_entry_limit', '65535\n'],
])('%s is %j unless it is set', (name, text) => {
  expect(setUp().read(name)).toBe(text);
});

test.each([
  ['allow_unsafe_interrupts', 'Y', 'Y\n'],
  ['allow_unsafe_interrupts', '1\n', 'Y\n'],
  ['allow_unsafe_interrupts', 'on', 'Y\n'],
  ['disable_hugepages', 'true', 'Y\n'],
  ['dma_entry_limit', '8', '8\n'],
  ['dma_entry_limit', '0x10\n', '16\n'],
  ['dma_entry_limit', '010', '8\n'],
])('%s takes %j', (name, text, shown) => {
  const { read, write } = setUp();
  expect(write(name, text)).toBe(text.length);
  expect(read(name)).toBe(shown);
});

test.each([
  ['allow_unsafe_interrupts', 'maybe', Errno.EINVAL],
  ['dma_entry_limit', '-1', Errno.EINVAL],
  ['dma_entry_limit', '8 9', Errno.EINVAL],
  ['dma_entry_limit', '4294967296', Errno.ERANGE],
])('%s refuses %j', (name, text, errno) => {
  expect(setUp().write(name, text)).toBe(-errno);
});
