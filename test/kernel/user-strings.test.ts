// strndup_user: copying a NUL-terminated string from user memory.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LocalDescriptorTable } from '../../src/kernel/descriptor-table.js';
import { Kernel } from '../../src/kernel/kernel.js';
import { LocalMemory } from '../../src/kernel/local-memory.js';
import { ROOT_CREDENTIALS, Task } from '../../src/kernel/task.js';
import { copyStringFromUser } from '../../src/kernel/user-memory.js';

const LIMIT = 100;
const memory = new LocalMemory();
const kernel = new Kernel();
const task = new Task({
  pid: 1,
  comm: 'test',
  credentials: () => ROOT_CREDENTIALS,
  memlockLimit: () => 0,
  memory,
  files: new LocalDescriptorTable(),
});

function copy(bytes: Uint8Array): string {
  const address = memory.map(bytes);
  try {
    return copyStringFromUser(kernel, task, address, LIMIT);
  } finally {
    memory.unmap(address);
  }
}

test('a string is copied up to its NUL, byte for character', () => {
  const byte = fc.integer({ min: 1, max: 255 });
  fc.assert(
    fc.property(fc.array(byte, { maxLength: LIMIT - 1 }), fc.uint8Array(), (text, rest) => {
      expect(copy(Uint8Array.of(...text, 0, ...rest))).toBe(String.fromCharCode(...text));
    }),
  );
});

test('a string that memory ends before is EFAULT', () => {
  for (const length of [0, 1, 31, 32, 33, 99]) {
    expect(() => copy(new Uint8Array(length).fill(97))).toThrow('EFAULT');
  }
});

test('a string as long as the limit is EINVAL', () => {
  expect(() => copy(new Uint8Array(LIMIT + 50).fill(97))).toThrow('EINVAL');
});

test('the end of a page is not read across', () => {
  const { address, bytes } = memory.allocate(4096);
  bytes.set(new TextEncoder().encode('0000:01:00.0'), 4096 - 13);
  expect(copyStringFromUser(kernel, task, address + 4096 - 13, LIMIT)).toBe('0000:01:00.0');
});
