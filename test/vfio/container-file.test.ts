import { expect, test } from 'vitest';
import { Errno } from '../../src/uapi/errno.js';
import { VFIO_GET_API_VERSION } from '../../src/uapi/vfio.js';
import { CoreMachine } from './core-machine.js';

test('a container file that has been released answers EINVAL to everything', () => {
  const machine = new CoreMachine();
  const { systemCalls, task } = machine;
  const file = machine.open('/dev/vfio/vfio');
  file.put();
  expect(systemCalls.ioctl(task, file, VFIO_GET_API_VERSION, 0)).toBe(-Errno.EINVAL);
  expect(systemCalls.read(task, file, 0, 8)).toBe(-Errno.EINVAL);
  expect(systemCalls.write(task, file, 0, 8)).toBe(-Errno.EINVAL);
  const area = { length: 4096, protection: 1, isShared: true, offset: 0 };
  expect(systemCalls.mmap(task, file, area)).toBe(-Errno.EINVAL);
});
