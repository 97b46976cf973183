import { describe, expect, test } from 'vitest';
import { IommuGroup } from '../../src/iommu/iommu-group.js';
import { VFIO_CHECK_EXTENSION, VFIO_IOMMU_ENABLE } from '../../src/uapi/vfio.js';
import {
  EehPeError,
  EehPeOp,
  VFIO_EEH_PE_GET_STATE as GET_STATE,
  VFIO_EEH_PE_INJECT_ERR as INJECT,
  VFIO_EEH_PE_OP,
  VFIO_EEH_PE_RESET_DEACTIVATE as DEACTIVATE,
  VFIO_EEH_PE_RESET_HOT as HOT,
} from '../../src/uapi/vfio-spapr.js';
import { HIGH_WINDOW, PAGE, TestContainer } from './test-container.js';

/** Pages that the table of the default window takes: an 8-byte entry a page, and the copy of it. */
const DEFAULT_TABLE = (2 * (2 ** 31 / PAGE) * 8) / PAGE;

/** A container whose process has all its memory registered. */
function registered() {
  const container = new TestContainer(true);
  container.register(container.vaddr, 64 * PAGE);
  return container;
}

describe('registering memory', () => {
  test('locks it, once for all that is mapped of it', () => {
    const container = registered();
    container.map(0, PAGE);
    container.map(PAGE, PAGE);
    expect(container.memory.lockedPages).toBe(64 + DEFAULT_TABLE);
  });

  test('comes before mapping: EPERM while nothing is, EINVAL for what is not', () => {
    const container = new TestContainer(true);
    const before = container.map(0, PAGE);
    container.register(container.vaddr, PAGE);
    expect([before, container.map(0, PAGE), container.map(PAGE, 2 * PAGE)]).toEqual([
      ...['EPERM', 0, 'EINVAL'],
    ]);
  });

  test('the same twice is EBUSY, overlapping EINVAL', () => {
    const container = registered();
    const answers = [
      container.register(container.vaddr, 64 * PAGE),
      container.register(container.vaddr, PAGE),
    ];
    expect(answers).toEqual(['EBUSY', 'EINVAL']);
    expect(container.memory.lockedPages).toBe(64);
  });

  test('unaligned is EINVAL, what is not there EFAULT, nothing ENOMEM', () => {
    const { vaddr } = new TestContainer(true);
    const register = (address: number, size: number) =>
      new TestContainer(true).register(address, size);
    const answers = [register(vaddr + 1, PAGE), register(vaddr, 65 * PAGE), register(vaddr, 0)];
    expect(answers).toEqual(['EINVAL', 'EFAULT', 'ENOMEM']);
  });

  test('over RLIMIT_MEMLOCK is ENOMEM', () => {
    const container = new TestContainer(true, { memlockPages: 8 });
    expect(container.register(container.vaddr, 9 * PAGE)).toBe('ENOMEM');
  });

  test('ends with UNREGISTER, unless some of it is mapped: EBUSY', () => {
    const container = registered();
    container.map(0, 3 * PAGE);
    container.unmap(0, 2 * PAGE);
    expect(container.unregister(container.vaddr, 64 * PAGE)).toBe('EBUSY');
    container.unmap(2 * PAGE, PAGE);
    expect(container.unregister(container.vaddr, 64 * PAGE)).toBe(0);
    expect(container.unregister(container.vaddr, 64 * PAGE)).toBe('ENOENT');
  });

  test('a mapping may reach over regions that touch', () => {
    const container = new TestContainer(true);
    container.register(container.vaddr, 2 * PAGE);
    container.register(container.vaddr + 2 * PAGE, 2 * PAGE);
    expect(container.map(0, 4 * PAGE)).toBe(0);
    expect(container.unregister(container.vaddr + 2 * PAGE, 2 * PAGE)).toBe('EBUSY');
  });
});

describe('windows', () => {
  test('a second window begins above all others', () => {
    const container = registered();
    expect(container.createWindow(12, 2 ** 40, 3)).toBe(HIGH_WINDOW);
    expect(container.map(HIGH_WINDOW + 0x5000n, PAGE)).toBe(0);
    expect(container.write(HIGH_WINDOW + 0x5000n)).toBeUndefined();
  });

  test('there is no third: ENOSPC', () => {
    const container = registered();
    container.createWindow(12, 2 ** 30);
    expect(container.createWindow(12, 2 ** 30)).toBe('ENOSPC');
  });

  test.each([
    ['a size that is no power of two', 12, 3 * 2 ** 30, 1],
    ['no size', 12, 0, 1],
    ['pages it does not have', 13, 2 ** 30, 1],
    ['no levels', 12, 2 ** 30, 0],
    ['too many levels', 12, 2 ** 30, 6],
  ])('%s is EINVAL', (_name, pageShift, size, levels) => {
    expect(registered().createWindow(pageShift, size, levels)).toBe('EINVAL');
  });

  test('tables count as locked, until the window is removed', () => {
    const container = registered();
    container.createWindow(16, 2 ** 30);
    const table = (2 * 2 ** 14 * 8) / PAGE;
    expect(container.memory.lockedPages).toBe(64 + DEFAULT_TABLE + table);
    container.removeWindow(HIGH_WINDOW);
    expect(container.memory.lockedPages).toBe(64 + DEFAULT_TABLE);
  });

  test('pages of a window are mapped whole', () => {
    const container = registered();
    container.createWindow(16, 2 ** 30);
    expect(container.map(HIGH_WINDOW, PAGE)).toBe('EINVAL');
    expect(container.map(HIGH_WINDOW, 2 ** 16, container.vaddr + PAGE)).toBe('EINVAL');
    expect(container.map(HIGH_WINDOW, 2 ** 16)).toBe(0);
  });

  test('removing one unmaps what is in it', () => {
    const container = registered();
    container.createWindow(12, 2 ** 30);
    container.map(HIGH_WINDOW, PAGE);
    expect(container.removeWindow(HIGH_WINDOW)).toBe(0);
    expect([container.write(HIGH_WINDOW), container.map(HIGH_WINDOW, PAGE)]).toEqual([
      ...['not mapped', 'ENXIO'],
    ]);
    expect(container.unregister(container.vaddr, 64 * PAGE)).toBe(0);
  });

  test('the one below 4 GiB need never be made', () => {
    const container = registered();
    expect([container.removeWindow(0n), container.map(0, PAGE)]).toEqual([0, 'ENXIO']);
    expect(container.createWindow(12, 2 ** 31)).toBe(0n);
    expect(container.map(0, PAGE)).toBe(0);
  });

  test('where there is none, nothing can be removed: EINVAL', () => {
    expect(registered().removeWindow(HIGH_WINDOW)).toBe('EINVAL');
  });
});

describe('a v2 container', () => {
  test('takes several groups, which share what is mapped', () => {
    const container = registered();
    const second = new IommuGroup(2, container.kernel.faults);
    expect(container.attach(second)).toBe(0);
    expect(second.domain).toBe(container.group.domain);
    expect(container.attach(second)).toBe('EBUSY');
  });

  test('needs hardware that makes windows: EINVAL', () => {
    const container = new TestContainer(true, { hardware: { dynamicWindows: 0 } });
    expect(container.data.groups.size).toBe(0);
    expect(container.attach(container.group)).toBe('EINVAL');
  });

  test('is not enabled: ENOTTY', () => {
    expect(registered().ioctl(VFIO_IOMMU_ENABLE)).toBe('ENOTTY');
  });

  test('gives everything back when it is released', () => {
    const container = registered();
    container.map(0, PAGE);
    container.createWindow(12, 2 ** 30);
    container.module.driver.release(container.data);
    expect([container.memory.lockedPages, container.group.domain]).toEqual([0, undefined]);
    expect(new TestContainer(true).data.isEnabled).toBe(false);
  });
});

describe('EEH', () => {
  const operate = (container: TestContainer, op: number) =>
    container.ioctl(VFIO_EEH_PE_OP, EehPeOp.create({ argsz: EehPeOp.size, op }));
  const inject = (container: TestContainer, type = 0) => {
    const view = EehPeError.create({ argsz: EehPeError.size, op: INJECT, type });
    return container.ioctl(VFIO_EEH_PE_OP, view);
  };

  test.each([
    [false, [2, 7]],
    [true, [2, 5, 7]],
  ])('is an extension where the platform has it (%s): %j', (hasEeh, all) => {
    const container = new TestContainer(true, { hardware: { hasEeh } });
    const extensions = Array.from({ length: 16 }, (_, extension) => extension);
    expect(extensions.filter((each) => container.ioctl(VFIO_CHECK_EXTENSION, each) === 1)).toEqual(
      all,
    );
  });

  test('without it its operations are ENOTTY', () => {
    expect(operate(new TestContainer(true), GET_STATE)).toBe('ENOTTY');
  });

  test('an error stops DMA until the endpoint is reset', () => {
    const container = new TestContainer(true, { hardware: { hasEeh: true } });
    container.register(container.vaddr, PAGE);
    container.map(0, PAGE);
    const states = [operate(container, GET_STATE)];
    for (const step of [() => inject(container), () => operate(container, HOT)]) {
      step();
      states.push(operate(container, GET_STATE));
      expect(container.write(0)).toBe('no domain');
    }
    operate(container, DEACTIVATE);
    states.push(operate(container, GET_STATE));
    expect(container.write(0)).toBeUndefined();
    expect(states).toEqual([0, 2, 1, 0]);
  });

  test('operations and errors there are not are EINVAL', () => {
    const container = new TestContainer(true, { hardware: { hasEeh: true } });
    expect([operate(container, 10), inject(container, 2)]).toEqual(['EINVAL', 'EINVAL']);
  });
});
