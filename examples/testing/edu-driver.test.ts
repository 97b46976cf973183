// A driver's own tests under node:test: `node --test`. Each has a machine of its own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Attachment } from 'uvfio/client';
import { withMachine } from 'uvfio/testing';

const EDU = '0000:00:05.0';
const machine = { devices: [{ model: 'edu', addr: EDU }] };

test(
  'computes factorials',
  withMachine(machine, ({ task }) => {
    using edu = Attachment.open(task, EDU);
    const registers = edu.device.bar(0);
    registers.write32(0x08, 5);
    while ((registers.read32(0x20) & 1) !== 0);
    assert.equal(registers.read32(0x08), 120);
  }),
);

test(
  'says what it could not map',
  withMachine({ ...machine, faults: ['map_dma:ENOMEM'] }, ({ task }) => {
    using edu = Attachment.open(task, EDU);
    assert.throws(() => edu.container.allocate({ length: 4096, iova: 0x10_0000n }), /ENOMEM/);
  }),
);

test(
  'gives back the device that is pulled out',
  withMachine(machine, async ({ task, machine: computer }) => {
    const edu = Attachment.open(task, EDU);
    const unplugged = computer.unplug(EDU, { isSurprise: true });
    await computer.settle();
    assert.equal(edu.device.bar(0).read32(0), 0xffff_ffff);
    edu.close();
    await unplugged;
  }),
);
