import { expect, test } from 'vitest';
import { CoreMachine } from './core-machine.js';

test('a put too many frees the group under its devices, which is reported', () => {
  const machine = new CoreMachine();
  const { group, container } = machine.prepareDevice({ name: 'ops' }, 'data');
  const user = machine.vfio.externalUser(group);
  group.put();
  container.put();
  user.put();
  user.put();
  expect(machine.log).toContainEqual({ level: 'WARN', condition: 'group_release', text: '' });
  expect(machine.vfio.groups?.size).toBe(0);
});
