import { Machine } from 'uvfio';
import { Attachment, pciDevice } from 'uvfio/client';
import { describe, expect, test } from 'vitest';
import type { LogEntry } from '../../src/kernel/log.js';
import { LocalMemoryObject } from '../../src/kernel/memory-object.js';
import { Errno } from '../../src/uapi/errno.js';
import { O_RDWR } from '../../src/uapi/file.js';

const EDU = '0000:00:05.0';
const devices = [{ model: 'edu', addr: EDU, group: 5 }];

describe('a machine', () => {
  test('binds its devices as they are described', () => {
    const machine = new Machine({
      drivers: [{ name: 'greedy', ids: ['1234:11e8'] }],
      devices: [
        { model: 'edu', addr: '00:05.0' },
        { model: 'edu', addr: '00:06.0', driver: 'none' },
        { model: 'edu', addr: '00:07.0', driver: 'greedy' },
      ],
    });
    const driverOf = (slot: number) => pciDevice(machine.task(), `0000:00:0${slot}.0`).driver;
    expect([5, 6, 7].map(driverOf)).toEqual(['vfio-pci', undefined, 'greedy']);
  });

  test('refuses a driver that does not take the device', () => {
    const bridge = { model: 'root-port', driver: 'vfio-pci' };
    expect(() => new Machine({ devices: [bridge] })).toThrow(
      'devices[0]: the driver vfio-pci does not take it (EINVAL): write driver: none',
    );
  });

  test('has the drivers that Linux has for ports and for nothing', () => {
    const machine = new Machine({
      devices: [
        { model: 'root-port', addr: '00:04.0' },
        { model: 'edu', addr: '01:00.0', driver: 'pci-stub' },
      ],
    });
    const task = machine.task();
    expect(pciDevice(task, '0000:00:04.0').driver).toBe('pcieport');
    expect(pciDevice(task, '0000:01:00.0').driver).toBe('pci-stub');
  });

  test('shows the modules of VFIO', () => {
    const modules = new Machine({ devices }).task().readdir('/sys/module');
    expect(modules).toEqual(expect.arrayContaining(['vfio', 'vfio_pci', 'vfio_iommu_type1']));
  });

  test('belongs to its owner, as whom tasks run', () => {
    const machine = new Machine({ devices }, { owner: { uid: 1000, gid: 100 } });
    const task = machine.task();
    expect(task.stat('/dev/vfio/5')).toMatchObject({ uid: 1000, gid: 100, mode: 0o020600 });
    expect(task.open('/dev/vfio/5', O_RDWR)).toBeGreaterThanOrEqual(0);
    const stranger = machine.task({
      credentials: { uid: 1001, gid: 100, dacOverride: false, ipcLock: false, sysAdmin: false },
    });
    expect(stranger.open('/dev/vfio/5', O_RDWR)).toBe(-Errno.EACCES);
    expect(stranger.open('/dev/vfio/vfio', O_RDWR)).toBeGreaterThanOrEqual(0);
  });

  test('tells its log from the beginning', () => {
    const entries: LogEntry[] = [];
    new Machine({ devices }, { log: (entry) => entries.push(entry) });
    expect(entries.map(({ text }) => text)).toContain('VFIO - User Level meta-driver version: 0.3');
  });

  test('takes the memory of its devices from outside', () => {
    const names: string[] = [];
    const createMemory = (name: string) => {
      names.push(name);
      return new LocalMemoryObject();
    };
    new Machine({ devices }, { createMemory });
    expect(names).toEqual([`pci-${EDU}`]);
  });

  test('has only the IOMMU back ends it is described with', () => {
    const machine = new Machine({ devices, iommu: { types: [] } });
    expect(() => Attachment.open(machine.task(), EDU)).toThrow('VFIO_SET_IOMMU: ENODEV');
  });

  test('unbinds a device in use when its user lets go, asking every ten seconds', async () => {
    const machine = new Machine({ devices });
    const root = machine.task();
    const edu = Attachment.open(machine.task(), EDU);
    const warnings: string[] = [];
    machine.kernel.log.subscribe(({ text }) => warnings.push(text));
    let result: number | undefined;
    const unbind = root.writeFile('/sys/bus/pci/drivers/vfio-pci/unbind', EDU);
    const pending = Promise.resolve(unbind).then((written) => {
      result = written;
    });
    await machine.advance(35_000);
    expect(result).toBeUndefined();
    edu.close();
    await machine.settle();
    expect(result).toBe(EDU.length);
    expect(pciDevice(root, EDU).driver).toBeUndefined();
    expect(await root.writeFile('/sys/bus/pci/drivers/vfio-pci/bind', EDU)).toBe(EDU.length);
    expect(machine.openFiles).toEqual([]);
    await pending;
  });

  test('ends all its tasks when disposed of', () => {
    const machine = new Machine({ devices });
    Attachment.open(machine.task(), EDU);
    expect(machine.openFiles.length).toBe(3);
    machine.dispose();
    expect(machine.openFiles).toEqual([]);
    expect(Attachment.open(machine.task(), EDU).group.status().isViable).toBe(true);
  });
});
