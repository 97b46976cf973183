import { expect, test } from 'vitest';
import { CoreMachine } from './core-machine.js';

test('the report of a native driver in a group in use names device, driver and group', () => {
  const machine = new CoreMachine();
  machine.prepareDevice({ name: 'ops' }, 'data');
  const { iommuGroup } = machine;
  const native = machine.addNativeDevice('0000:01:00.1');
  expect(() => iommuGroup.notify({ action: 'bound-driver', device: native })).toThrow(
    '0000:01:00.1 bound to native while group 26 is in use',
  );
});
