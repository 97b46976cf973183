// Steps on containers.
import { O_RDWR } from '../../../src/uapi/file.js';
import { VFIO_CHECK_EXTENSION, VFIO_SET_IOMMU } from '../../../src/uapi/vfio.js';
import { ContainerFile } from '../../../src/vfio/index.js';
import { candidate, expect, pairs, refuse, type Step, step, UNKNOWN_EXTENSION } from './step.js';
import { EXTENSIONS } from './world.js';

export const containerSteps: readonly Step[] = [
  step('open container', 2, (world) => [
    candidate('', () => {
      const fd = world.systemCalls.open(world.task, '/dev/vfio/vfio', O_RDWR);
      if (fd < 0) return fd;
      const operations = world.descriptors.get(fd)?.operations;
      const container = operations instanceof ContainerFile ? operations.container : undefined;
      if (container === undefined) throw new Error('this is no container');
      world.files.add({ kind: 'container', container, fds: [fd] });
    }),
  ]),

  step('SET_IOMMU', 6, (world) =>
    pairs(
      world
        .filesOf('container')
        .filter(({ container }) => container.groups.length > 0 && !container.iommuDriver),
      world.drivers,
    ).map(([file, driver]) =>
      candidate(driver.name, (choice) => {
        const group = world.iommuGroups[choice % world.iommuGroups.length];
        if (choice % 4 === 0) refuse(world, group, choice);
        for (const each of world.drivers) each.refusesOpen = choice % 7 === 6;
        const result = world.ioctl(file, VFIO_SET_IOMMU, driver.extension);
        refuse(world, undefined, 0);
        return result === 0 ? undefined : -1;
      }),
    ),
  ),

  step('SET_IOMMU out of turn', 1, (world) =>
    world
      .filesOf('container')
      .flatMap((file) => pairs([file], [UNKNOWN_EXTENSION, ...EXTENSIONS]))
      .filter(
        ([{ container }, extension]) =>
          extension === UNKNOWN_EXTENSION ||
          container.groups.length === 0 ||
          container.iommuDriver !== undefined,
      )
      .map(([file, extension]) =>
        candidate(`extension ${extension}`, () => {
          const result = world.ioctl(file, VFIO_SET_IOMMU, extension);
          expect('an IOMMU can not be set now', result < 0, true);
          return result;
        }),
      ),
  ),

  step('CHECK_EXTENSION', 1, (world) =>
    pairs(world.filesOf('container'), [...world.drivers, undefined]).map(([file, driver]) =>
      candidate(driver?.name ?? 'unknown', () => {
        const extension = driver?.extension ?? UNKNOWN_EXTENSION;
        const set = file.container.iommuDriver;
        const isSupported = driver !== undefined && (set === undefined || set === driver);
        const result = world.ioctl(file, VFIO_CHECK_EXTENSION, extension);
        expect('an extension is supported by a driver', result, isSupported ? 1 : 0);
      }),
    ),
  ),
];
