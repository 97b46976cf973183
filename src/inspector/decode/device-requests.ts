/** Requests to devices. */
import * as vfio from '../../uapi/vfio.js';
import { featureName, flagNames, irqIndexName, regionName } from './constants.js';
import { address, type DecodedField, decode, number, size } from './decoded-field.js';
import { regionCapabilities } from './info-capabilities.js';
import { irqSetFields } from './irq-set.js';
import { argsz, expectedArgsz, neededArgsz, nothing, type RequestFields } from './request.js';

/** Without the tail padding that the struct has besides. */
const IOEVENTFD_ARGSZ = vfio.DeviceIoEventFd.endOf('fd');

export const DEVICE_REQUESTS: Readonly<Record<string, RequestFields>> = {
  VFIO_DEVICE_GET_INFO: {
    in: ({ input }) => [argsz(decode(vfio.DeviceInfo, input))],
    out: ({ input, output }) => {
      const info = decode(vfio.DeviceInfo, output);
      return [
        ...neededArgsz(decode(vfio.DeviceInfo, input), info),
        ['flags', flagNames(info.flags, 'VFIO_DEVICE_FLAGS_')],
        number('num_regions', info.numRegions),
        number('num_irqs', info.numIrqs),
      ];
    },
  },
  VFIO_DEVICE_GET_REGION_INFO: {
    in: ({ input }) => {
      const info = decode(vfio.RegionInfo, input);
      return [argsz(info), ['index', regionName(info.index)]];
    },
    out: ({ input, output }) => {
      const info = decode(vfio.RegionInfo, output);
      const { flags, size: bytes, offset, capOffset } = info;
      const hasCapabilities = (flags & vfio.VFIO_REGION_INFO_FLAG_CAPS) !== 0;
      return [
        ...neededArgsz(decode(vfio.RegionInfo, input), info),
        ['flags', flagNames(flags, 'VFIO_REGION_INFO_FLAG_')],
        size('size', bytes),
        address('offset', offset),
        ...(hasCapabilities ? regionCapabilities(output, capOffset) : []),
      ];
    },
  },
  VFIO_DEVICE_GET_IRQ_INFO: {
    in: ({ input }) => {
      const info = decode(vfio.IrqInfo, input);
      return [expectedArgsz(info, vfio.IrqInfo.size), ['index', irqIndexName(info.index)]];
    },
    out: ({ output }) => {
      const { flags, count } = decode(vfio.IrqInfo, output);
      return [['flags', flagNames(flags, 'VFIO_IRQ_INFO_')], number('count', count)];
    },
  },
  VFIO_DEVICE_SET_IRQS: { in: ({ input }) => irqSetFields(input) },
  VFIO_DEVICE_RESET: nothing,
  VFIO_DEVICE_GET_PCI_HOT_RESET_INFO: {
    in: ({ input }) => [argsz(decode(vfio.PciHotResetInfo, input))],
    out: ({ output }) => [
      number('count', decode(vfio.PciHotResetInfo, output).count),
      ...dependents(output),
    ],
  },
  VFIO_DEVICE_PCI_HOT_RESET: {
    in: ({ input }) => {
      const reset = decode(vfio.PciHotReset, input);
      const groups = elements(input, vfio.PciHotReset.size, 4, reset.count).map((at) =>
        input.getInt32(at, true),
      );
      return [
        expectedArgsz(reset, vfio.PciHotReset.size + 4 * reset.count),
        number('count', reset.count),
        ...(groups.length === 0
          ? []
          : [['groups', `[${groups.join(', ')}]`, groups] satisfies DecodedField]),
      ];
    },
  },
  VFIO_DEVICE_IOEVENTFD: {
    in: ({ input }) => {
      const request = decode(vfio.DeviceIoEventFd, input);
      return [
        expectedArgsz(request, IOEVENTFD_ARGSZ, vfio.DeviceIoEventFd.size),
        ['flags', flagNames(request.flags, 'VFIO_DEVICE_IOEVENTFD_')],
        address('offset', request.offset),
        address('data', request.data),
        number('fd', request.fd),
      ];
    },
  },
  VFIO_DEVICE_FEATURE: {
    in: ({ input }) => {
      const feature = decode(vfio.DeviceFeature, input);
      const { flags } = feature;
      return [
        argsz(feature),
        ['flags', flagNames(flags & ~vfio.VFIO_DEVICE_FEATURE_MASK, 'VFIO_DEVICE_FEATURE_')],
        ['feature', featureName(flags & vfio.VFIO_DEVICE_FEATURE_MASK)],
      ];
    },
  },
};

/** The functions that a hot reset would affect. */
function dependents(output: DataView): readonly DecodedField[] {
  const { size: start } = vfio.PciHotResetInfo;
  const { count } = decode(vfio.PciHotResetInfo, output);
  const all = elements(output, start, vfio.PciDependentDevice.size, count).map((at) => {
    const { groupId, segment, bus, devfn } = decode(vfio.PciDependentDevice, output, at);
    const slot = (devfn >> 3).toString(16).padStart(2, '0');
    const place = `${hexDigits(segment, 4)}:${hexDigits(bus, 2)}:${slot}.${devfn & 7}`;
    return { device: place, group: groupId };
  });
  if (all.length === 0) return [];
  const texts = all.map(({ device, group }) => `${device} of group ${group}`);
  return [['devices', `[${texts.join(', ')}]`, all]];
}

const hexDigits = (value: number, digits: number): string =>
  value.toString(16).padStart(digits, '0');

/** Where the elements of an array begin, as many as there are bytes of. */
function elements(view: DataView, start: number, length: number, count: number): number[] {
  const there = Math.max(0, Math.floor((view.byteLength - start) / length));
  return Array.from({ length: Math.min(count, there) }, (_, i) => start + i * length);
}
