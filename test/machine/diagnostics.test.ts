// What a machine tells of itself while a client drives its edu device.

import { Machine, type MachineTask } from 'uvfio';
import { Attachment, Event } from 'uvfio/client';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Channel } from '../../src/kernel/channel.js';
import type { Diagnostics } from '../../src/kernel/diagnostics.js';
import { PCI_COMMAND } from '../../src/uapi/pci-regs.js';
import { VFIO_DEVICE_RESET } from '../../src/uapi/vfio.js';

const EDU = '0000:00:05.0';
const IOVA = 0x10000n;

let machine: Machine;
let task: MachineTask;

beforeEach(() => {
  machine = new Machine({ devices: [{ model: 'edu', addr: EDU, group: 5 }] });
  task = machine.task();
});

/** What is told on a channel from now on. */
function listen<Message>(choose: (diagnostics: Diagnostics) => Channel<Message>): Message[] {
  const heard: Message[] = [];
  choose(machine.diagnostics).subscribe((message) => heard.push(message));
  return heard;
}

describe('a machine tells', () => {
  test('of system calls, with what is behind descriptors, and how they end', () => {
    const ends = listen((channels) => channels.systemCallExit);
    const fd = task.open('/dev/vfio/vfio', 2);
    task.ioctl(fd, 0x3b64, 0);
    task.ioctl(fd, 0x3bff, 0);
    task.close(fd);
    expect(ends.map(({ call, result }) => [call.name, result])).toEqual([
      ['open', 0],
      ['ioctl', 0],
      ['ioctl', -22],
      ['close', 0],
    ]);
    expect(ends[1]?.call).toMatchObject({ file: { inode: { label: '/dev/vfio/vfio' } } });
  });

  test('of files opened and released', () => {
    const opened = listen((channels) => channels.fileOpened);
    const released = listen((channels) => channels.fileReleased);
    Attachment.open(task, EDU).close();
    const labels = ['/dev/vfio/vfio', '/dev/vfio/5', 'anon_inode:[vfio-device]'];
    expect(opened.map(({ inode }) => inode.label)).toEqual(expect.arrayContaining(labels));
    expect(new Set(released)).toEqual(new Set(opened));
  });

  test('of mappings and of the DMA that uses them', () => {
    const mappings = listen((channels) => channels.mapping);
    const accesses = listen((channels) => channels.dma);
    const edu = Attachment.open(task, EDU);
    const buffer = edu.container.allocate({ length: 4096, iova: IOVA });
    edu.device.enableBusMaster();
    const pci = machine.pci.functionAt(EDU);
    pci?.dma.write(IOVA, new Uint8Array(8));
    pci?.dma.read(IOVA + 4096n, new Uint8Array(8));
    buffer.release();
    expect(mappings.map(({ change, iova, size }) => [change, iova, size])).toEqual([
      ['added', IOVA, 4096],
      ['removed', IOVA, 4096],
    ]);
    expect(accesses).toMatchObject([
      { device: { name: EDU }, iova: IOVA, isWrite: true, domain: mappings[0]?.domain },
      { iova: IOVA + 4096n, isWrite: false, fault: 'not mapped' },
    ]);
    expect(machine.iommuFaults.count).toBe(1);
  });

  test('of registers, in configuration space and BARs', () => {
    const accesses = listen((channels) => channels.register);
    const edu = Attachment.open(task, EDU);
    edu.device.config.read16(PCI_COMMAND);
    edu.device.bar(0).write32(0x04, 0x1234);
    expect(accesses).toMatchObject([
      { region: 7, offset: PCI_COMMAND, size: 2, isWrite: false },
      { region: 0, offset: 4, size: 4, isWrite: true, value: 0x1234, isMapped: false },
    ]);
  });

  test('of stores to mapped memory, when the model finds them', () => {
    const edu = Attachment.open(task, EDU);
    const bar = edu.device.bar(0).map();
    const accesses = listen((channels) => channels.register);
    bar.write32(0x04, 0x1234);
    machine.clock.tick();
    expect(accesses).toMatchObject([{ region: 0, offset: 4, value: 0x1234n, isMapped: true }]);
  });

  test('of what becomes of interrupts', () => {
    const events = listen((channels) => channels.interrupt);
    const arms = listen((channels) => channels.interruptArmed);
    const edu = Attachment.open(task, EDU);
    const interrupts = machine.pci.functionAt(EDU)?.interrupts;
    interrupts?.msi(0);
    edu.device.enableBusMaster();
    edu.device.msi.setEvents([Event.create(task)]);
    interrupts?.msi(0);
    expect(events.map(({ stage }) => stage)).toEqual([
      'raised',
      'lost',
      'raised',
      'delivered',
      'signalled',
    ]);
    edu.close();
    expect(arms.map(({ index, isArmed }) => [index, isArmed])).toEqual([
      [1, true],
      [1, false],
    ]);
  });

  test('of uses, resets and bus mastering', () => {
    const sessions = listen((channels) => channels.session);
    const resets = listen((channels) => channels.reset);
    const commands = listen((channels) => channels.command);
    const edu = Attachment.open(task, EDU);
    edu.device.enableBusMaster();
    task.ioctl(edu.device.fd, VFIO_DEVICE_RESET, 0);
    edu.close();
    expect(sessions.map(({ stage }) => stage)).toEqual(['opened', 'closing', 'closed']);
    expect(commands.filter(({ isBusMaster }) => isBusMaster)).toHaveLength(1);
    expect(commands.at(-1)?.isBusMaster).toBe(false);
    expect(resets).toEqual([]);
  });
});
