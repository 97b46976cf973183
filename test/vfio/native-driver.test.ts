import { expect, test } from 'vitest';
import { CoreMachine } from './core-machine.js';

test('the report of a native driver in a group in use names the device and the group', () => {
  const machine = new CoreMachine();
  machine.prepareDevice({ name: 'ops' }, 'data');
  const { iommuGroup } = machine;
  const native = machine.addNativeDevice('0000:01:00.1');
  expect(() => iommuGroup.notify({ action: 'bound-driver', device: native })).toThrow(
    '0000:01:00.1 is bound to a native driver while group 26 is in use',
  );
});
