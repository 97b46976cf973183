// Devices without an IOMMU, on a machine whose VFIO hands them out all the same.
import { beforeEach, describe, expect, test } from 'vitest';
import type { LogEntry } from '../../src/kernel/log.js';
import { Machine } from '../../src/machine.js';
import type { MachineTask } from '../../src/machine/machine-task.js';
import { Errno } from '../../src/uapi/errno.js';
import { O_RDWR, O_WRONLY } from '../../src/uapi/file.js';
import { PCI_COMMAND } from '../../src/uapi/pci-regs.js';
import {
  VFIO_CHECK_EXTENSION,
  VFIO_GROUP_GET_DEVICE_FD,
  VFIO_GROUP_SET_CONTAINER,
  VFIO_IOMMU_GET_INFO,
  VFIO_IOMMU_MAP_DMA,
  VFIO_NOIOMMU_IOMMU,
  VFIO_SET_IOMMU,
  VFIO_TYPE1_IOMMU,
} from '../../src/uapi/vfio.js';

const BDF = '0000:00:03.0';
const NODE = '/dev/vfio/noiommu-0';
const DRIVER = '/sys/bus/pci/drivers/vfio-pci';
const PARAMETER = '/sys/module/vfio/parameters/enable_unsafe_noiommu_mode';
const CONFIG = 7 * 2 ** 40;
const EDU_DMA = 0x80;

let machine: Machine;
let task: MachineTask;
let log: LogEntry[];

beforeEach(() => {
  log = [];
  machine = new Machine(
    {
      owner: { uid: 1000, gid: 1000 },
      iommu: { present: false, unsafeNoIommu: true },
      devices: [{ model: 'edu', addr: BDF }],
    },
    { log: (entry) => log.push(entry) },
  );
  task = machine.task();
});

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

function read(path: string): string {
  const bytes = new Uint8Array(64);
  const length = task.read(task.open(path, 0), bytes);
  return new TextDecoder().decode(bytes.subarray(0, length));
}

async function write(path: string, value: string): Promise<number> {
  const fd = task.open(path, O_WRONLY);
  const result = await task.write(fd, text(value));
  task.close(fd);
  return result;
}

function openDevice(): { container: number; device: number } {
  const container = task.open('/dev/vfio/vfio', O_RDWR);
  const group = task.open(NODE, O_RDWR);
  const argument = new DataView(new ArrayBuffer(4));
  argument.setInt32(0, container, true);
  expect(task.ioctl(group, VFIO_GROUP_SET_CONTAINER, argument)).toBe(0);
  expect(task.ioctl(container, VFIO_SET_IOMMU, VFIO_NOIOMMU_IOMMU)).toBe(0);
  const name = new DataView(text(`${BDF}\0`).buffer);
  return { container, device: task.ioctl(group, VFIO_GROUP_GET_DEVICE_FD, name) };
}

describe('the group', () => {
  test('says in name and node that it has no IOMMU', () => {
    expect(read('/sys/kernel/iommu_groups/0/name')).toBe('vfio-noiommu\n');
    expect(read(`/sys/bus/pci/devices/${BDF}/iommu_group/type`)).toBe('unknown\n');
    expect(machine.systemCalls.readdir('/dev/vfio')).toEqual(['vfio', 'noiommu-0']);
  });

  test('is there as long as the device is bound, and again then', async () => {
    await write(`${DRIVER}/unbind`, BDF);
    expect(machine.systemCalls.readdir('/dev/vfio')).toEqual(['vfio']);
    expect(machine.systemCalls.readdir('/sys/kernel/iommu_groups')).toEqual([]);
    expect(machine.systemCalls.readlink(`/sys/bus/pci/devices/${BDF}/iommu_group`)).toBe(
      -Errno.ENOENT,
    );
    expect(await write(`${DRIVER}/bind`, BDF)).toBe(BDF.length);
    expect(read('/sys/kernel/iommu_groups/0/name')).toBe('vfio-noiommu\n');
  });

  test('asks for CAP_SYS_RAWIO, which the owner of the machine has', () => {
    expect(task.open(NODE, O_RDWR)).toBeGreaterThanOrEqual(0);
    const credentials = { uid: 1, gid: 1, dacOverride: true, ipcLock: false, sysAdmin: false };
    expect(machine.task({ credentials }).open(NODE, O_RDWR)).toBe(-Errno.EPERM);
    const rawIo = { ...credentials, sysAdmin: true };
    expect(machine.task({ credentials: rawIo }).open(NODE, O_RDWR)).toBe(-Errno.EBUSY);
  });

  test('taints, and the log says so', () => {
    expect(log.map((entry) => entry.text)).toContain(
      'Adding kernel taint for vfio-noiommu group on device',
    );
  });
});

describe('enable_unsafe_noiommu_mode', () => {
  test('N: there are no such groups, and no such driver', async () => {
    expect(read(PARAMETER)).toBe('Y\n');
    await write(PARAMETER, 'N');
    await write(`${DRIVER}/unbind`, BDF);
    expect(await write(`${DRIVER}/bind`, BDF)).toBe(-Errno.EINVAL);
    const container = task.open('/dev/vfio/vfio', O_RDWR);
    expect(task.ioctl(container, VFIO_CHECK_EXTENSION, VFIO_NOIOMMU_IOMMU)).toBe(0);
  });

  test('is N unless the description says otherwise', () => {
    const plain = new Machine({ devices: [{ model: 'edu' }] });
    const bytes = new Uint8Array(2);
    const plainTask = plain.task();
    plainTask.read(plainTask.open(PARAMETER, 0), bytes);
    expect(new TextDecoder().decode(bytes)).toBe('N\n');
  });
});

describe('the container', () => {
  test('supports vfio-noiommu alone, and has no requests of an IOMMU', () => {
    const { container } = openDevice();
    const supports = (type: number) => task.ioctl(container, VFIO_CHECK_EXTENSION, type);
    expect([supports(VFIO_NOIOMMU_IOMMU), supports(VFIO_TYPE1_IOMMU)]).toEqual([1, 0]);
    expect(task.ioctl(container, VFIO_IOMMU_GET_INFO, 0)).toBe(-Errno.ENOTTY);
    expect(task.ioctl(container, VFIO_IOMMU_MAP_DMA, 0)).toBe(-Errno.ENOTTY);
  });
});

describe('the device', () => {
  test('works as far as registers go, and the log says who has it', async () => {
    const { device } = openDevice();
    const register = new DataView(new ArrayBuffer(4));
    const bytes = new Uint8Array(register.buffer);
    task.pread(device, bytes, 0);
    expect(register.getUint32(0, true)).toBe(0x010000ed);
    expect(log.at(-1)?.text).toMatch(/^vfio-noiommu device opened by user \(node:\d+\)$/);
  });

  test('reaches no memory by DMA: there is none at physical addresses', async () => {
    const { device } = openDevice();
    const busMaster = Uint8Array.of(0x06, 0);
    task.pwrite(device, busMaster, CONFIG + PCI_COMMAND);
    for (const [index, value] of [0x1000n, 0x40000n, 8n, 1n].entries()) {
      const register = new Uint8Array(new BigUint64Array([value]).buffer);
      task.pwrite(device, register, EDU_DMA + 8 * index);
    }
    await machine.advance(1);
    expect(log.at(-1)?.text).toBe('DMA read of 8 bytes at 0x1000 failed: no domain');
  });
});
