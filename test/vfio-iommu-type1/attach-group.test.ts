import { describe, expect, test } from 'vitest';
import { Iommu } from '../../src/iommu/iommu.js';
import { IommuGroup } from '../../src/iommu/iommu-group.js';
import { kernelError } from '../../src/kernel/error.js';
import { Kernel } from '../../src/kernel/kernel.js';
import * as abi from '../../src/uapi/vfio.js';
import { Vfio } from '../../src/vfio/index.js';
import { initType1 } from '../../src/vfio-iommu-type1/index.js';
import { BASE, PAGE, TestContainer } from './test-container.js';

/** A driver on a kernel, for groups that are behind IOMMUs of their own. */
function createDriver(iommus: ReadonlyMap<number, Iommu>) {
  const kernel = new Kernel();
  const vfio = new Vfio(kernel);
  vfio.init();
  const iommuOf = ({ id }: IommuGroup) => iommus.get(id) ?? new Iommu();
  return { kernel, module: initType1(kernel, vfio, { iommuOf }) };
}

describe('attaching groups', () => {
  test('all groups of a container share what is mapped', () => {
    const container = new TestContainer();
    const second = new IommuGroup(2, container.kernel.faults);
    container.map(BASE, 1);
    container.attach(second);
    expect(second.domain).toBe(container.group.domain);
  });

  test('a group that is attached already is EINVAL', () => {
    const container = new TestContainer();
    expect(container.attach(container.group)).toBe('EINVAL');
  });

  test('mappings outlive the group that leaves, and go with the last', () => {
    const container = new TestContainer();
    const second = new IommuGroup(2, container.kernel.faults);
    container.attach(second);
    container.map(BASE, 2);
    container.module.driver.detachGroup(container.data, container.group);
    expect([container.group.domain, container.memory.lockedPages]).toEqual([undefined, 2]);
    container.module.driver.detachGroup(container.data, second);
    expect(container.memory.lockedPages).toBe(0);
    expect(container.data.available).toBe(65535);
  });

  test('a range is valid when all IOMMUs translate it, and valid again when one has left', () => {
    const narrow = new Iommu({ addressBits: 32 });
    const { kernel, module } = createDriver(new Map([[2, narrow]]));
    const data = module.driver.open(abi.VFIO_TYPE1v2_IOMMU);
    const groups = [1, 2].map((id) => new IommuGroup(id, kernel.faults));
    for (const group of groups) module.driver.attachGroup(data, group);
    expect(data.validRanges.at(-1)?.end).toBe(2 ** 20);
    module.driver.detachGroup(data, groups[1] as IommuGroup);
    expect(data.validRanges.at(-1)?.end).toBe(2 ** 27);
  });

  test('what is mapped must be in the reach of an IOMMU that comes: EINVAL', () => {
    const container = new TestContainer();
    container.map(2 ** 38, 1);
    const narrow = new Iommu({ addressBits: 32 });
    const { kernel, module } = createDriver(new Map([[2, narrow]]));
    const group = new IommuGroup(2, kernel.faults);
    expect(() => module.driver.attachGroup(container.data, group)).toThrow(kernelError('EINVAL'));
    expect(group.domain).toBeUndefined();
  });

  test('without interrupt remapping a group is refused: EPERM, until that is allowed', () => {
    const { kernel, module } = createDriver(
      new Map([[1, new Iommu({ hasInterruptRemapping: false })]]),
    );
    const warnings: string[] = [];
    kernel.log.subscribe(({ text }) => warnings.push(text));
    const data = module.driver.open(abi.VFIO_TYPE1v2_IOMMU);
    const group = new IommuGroup(1, kernel.faults);
    expect(() => module.driver.attachGroup(data, group)).toThrow(kernelError('EPERM'));
    expect(warnings[0]).toMatch(/^vfio_iommu_type1_attach_group: No interrupt remapping support\./);
    module.parameters.allowUnsafeInterrupts = true;
    expect(module.driver.attachGroup(data, group)).toBe(0);
  });

  test.each([
    [false, 'EINVAL'],
    [true, 0],
  ])('TYPE1_NESTING on an IOMMU that can nest (%s): %s', (hasNesting, answer) => {
    const open = () =>
      new TestContainer({ type: abi.VFIO_TYPE1_NESTING_IOMMU, iommu: { hasNesting } }).map(BASE, 1);
    if (answer === 0) expect(open()).toBe(0);
    else expect(open).toThrow(kernelError('EINVAL'));
  });

  test('nesting containers unmap as TYPE1v2 does', () => {
    const iommu = { hasNesting: true };
    const container = new TestContainer({ type: abi.VFIO_TYPE1_NESTING_IOMMU, iommu });
    container.map(BASE, 4);
    expect(container.unmap(BASE, PAGE)).toBe('EINVAL');
  });
});

describe('VFIO_CHECK_EXTENSION', () => {
  const extensions = Array.from({ length: 16 }, (_, extension) => extension);

  test('without a container: the types, and unmapping everything', () => {
    const { module } = createDriver(new Map());
    const { task } = new TestContainer();
    const supported = extensions.filter(
      (each) => module.driver.ioctl(undefined, task, abi.VFIO_CHECK_EXTENSION, each) === 1,
    );
    expect(supported).toEqual([1, 3, 6, 9]);
  });

  test.each([
    [false, [1, 3, 6, 9, 10]],
    [true, [1, 3, 4, 6, 9, 10]],
  ])('with a container, on an IOMMU that is cache coherent (%s): %j', (isCacheCoherent, all) => {
    const container = new TestContainer({ iommu: { isCacheCoherent } });
    expect(extensions.filter((each) => container.checkExtension(each) === 1)).toEqual(all);
  });

  test.each([0, 9, 10, 99])('type %i is no IOMMU to open', (type) => {
    expect(() => new TestContainer({ type })).toThrow(kernelError('EINVAL'));
  });
});

test.each([abi.VFIO_IOMMU_ENABLE, abi.VFIO_IOMMU_DISABLE, 0x3b76, 0x3b77, 0x1234])(
  'request 0x%x is not type1’s: ENOTTY',
  (command) => {
    expect(new TestContainer().ioctl(command, 0)).toBe('ENOTTY');
  },
);
