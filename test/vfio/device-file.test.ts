import { expect, test } from 'vitest';
import { LocalMemoryObject } from '../../src/kernel/memory-object.js';
import { Errno } from '../../src/uapi/errno.js';
import { CoreMachine } from './core-machine.js';

test('the memory of a device file is what the bus driver says for its data', () => {
  const machine = new CoreMachine();
  const memory = new LocalMemoryObject();
  const ops = { name: 'ops', memory: (data: LocalMemoryObject) => data };
  const { group } = machine.prepareDevice(ops, memory);
  const file = machine.descriptors.get(machine.getDeviceFd(group));
  expect(file?.operations.memory).toBe(memory);
});

test('the memory of a device whose bus driver has none is none', () => {
  const machine = new CoreMachine();
  const { group } = machine.prepareDevice({ name: 'ops' }, 'data');
  const file = machine.descriptors.get(machine.getDeviceFd(group));
  expect(file?.operations.memory).toBeUndefined();
});

test('the file is named anon_inode:[vfio-device], and closed on exec', () => {
  const machine = new CoreMachine();
  const { group } = machine.prepareDevice({ name: 'ops' }, 'data');
  const reserved: boolean[] = [];
  const reserve = machine.descriptors.reserve.bind(machine.descriptors);
  machine.descriptors.reserve = (closeOnExec) => {
    reserved.push(closeOnExec);
    return reserve(closeOnExec);
  };
  const file = machine.descriptors.get(machine.getDeviceFd(group));
  expect(file?.inode.label).toBe('anon_inode:[vfio-device]');
  expect(reserved).toEqual([true]);
});

test('a bus driver need not hear of files that are released, or could not be made', () => {
  const machine = new CoreMachine();
  const { group } = machine.prepareDevice({ name: 'ops' }, 'data');
  machine.kernel.faults.arm('anon_inode_getfile');
  expect(machine.getDeviceFd(group)).toBe(-Errno.ENFILE);
  machine.descriptors.close(machine.getDeviceFd(group));
  expect(machine.vfio.deleteGroupDevice(machine.device, machine.task)).toBe('data');
});
