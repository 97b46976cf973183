// Commands in words, as traces have them.
import { expect, test } from 'vitest';
import { Admin, Command, COMMAND_SIZE, Io } from '../../../src/devices/nvme/command.js';
import { commandText, postedText } from '../../../src/devices/nvme/command-text.js';

function command(
  opcode: number,
  nsid: number,
  ...dwords: readonly [index: number, value: number][]
) {
  const view = new DataView(new ArrayBuffer(COMMAND_SIZE));
  view.setUint8(0, opcode);
  view.setUint32(4, nsid, true);
  for (const [index, value] of dwords) view.setUint32(4 * index, value, true);
  return new Command(view);
}

test.each([
  ['Identify Controller', command(Admin.identify, 0, [10, 1])],
  ['Identify Namespace 1', command(Admin.identify, 1, [10, 0])],
  [
    'Create I/O Completion Queue 2: 64 entries, interrupt vector 5',
    command(Admin.createCompletionQueue, 0, [10, 0x3f_0002], [11, 0x5_0003]),
  ],
  [
    'Create I/O Completion Queue 2: 64 entries, no interrupts',
    command(Admin.createCompletionQueue, 0, [10, 0x3f_0002], [11, 0x5_0001]),
  ],
])('admin queue: %s', (text, given) => {
  expect(commandText(given, 0)).toBe(`admin queue: ${text}`);
});

test('I/O commands say of which queue they are', () => {
  const read = command(Io.read, 1, [10, 8], [12, 7]);
  expect(commandText(read, 3)).toBe('I/O queue 3: Read blocks 8 to 15 of namespace 1');
});

test('completions say how many', () => {
  expect(postedText(0, 1)).toBe('admin completion queue: 1 entry added');
  expect(postedText(3, 8)).toBe('I/O completion queue 3: 8 entries added');
});
