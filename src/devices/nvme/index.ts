/** The model `nvme`: what the controller looks like on the bus, and its options. */
import { DiskError } from '../../kernel/disk.js';
import {
  expressCapability,
  msixCapability,
  powerManagementCapability,
} from '../../pci/capabilities.js';
import {
  type DeviceModelFactory,
  DeviceOptionError,
  type DeviceOptions,
  type FunctionDescription,
  type Identity,
} from '../../pci/device-model.js';
import { PLACEMENT_OPTIONS, numberOption, place } from '../../pci/device-options.js';
import type { Capability } from '../../pci/capability.js';
import {
  PCI_EXP_DEVCAP2,
  PCI_EXP_DEVCTL,
  PCI_EXP_DEVCTL2,
  PCI_EXP_LNKCTL2,
} from '../../uapi/pci-regs.js';
import { NvmeController } from './controller.js';
import {
  type ControllerLimits,
  DEFAULT_LIMITS,
  MAXIMUM_QUEUE_ENTRIES,
  MAXIMUM_QUEUES,
} from './controller-limits.js';
import { VECTORS } from './interrupt-lines.js';
import { BLOCK_BITS, Namespace } from './namespace.js';
import { registerName } from './register-names.js';
import { BAR_SIZE, MSIX_PENDING, MSIX_TABLE } from './registers.js';

/** QEMU's controller, which drivers know and take without exceptions. */
const IDENTITY: Identity = {
  vendor: 0x1b36,
  device: 0x0010,
  revision: 0x02,
  class: 0x010802,
  subsystemVendor: 0x1af4,
  subsystem: 0x1100,
};
const MODEL = 'QEMU NVMe Ctrl';

const DEFAULT_SIZE = 2 ** 30;
const SECTOR = 512;
const SERIAL_LENGTH = 20;

/** Device capabilities 2: extended formats, four end-to-end prefixes. */
const DEVICE_CAPABILITIES_2 = 0x0030_0000;
const EXPRESS = 0x80;

export const nvmeModel: DeviceModelFactory = {
  summary: 'an NVMe 1.4 controller with one namespace, in memory or on an image file',
  options: {
    size: 'of the disk, such as 64M (1G, or that of the image)',
    file: 'raw image that the blocks are in; made, if there is none and the size is said (in memory)',
    readonly: 'yes: the namespace is write protected (no)',
    block_size: 'bytes of a logical block: 512 or 4096 (512)',
    queues: `I/O queues of each kind, up to ${MAXIMUM_QUEUES} (64)`,
    queue_entries: `entries of an I/O queue, up to ${MAXIMUM_QUEUE_ENTRIES} (2048)`,
    serial: 'serial number, up to 20 characters (uvfio- and the address)',
    ...PLACEMENT_OPTIONS,
  },
  registerName: (bar, offset) => (bar === 0 ? registerName(offset) : undefined),
  describe(options) {
    const { file } = options;
    if (file === '') throw new DeviceOptionError('file', 'it names no file');
    const size = sizeOption(options);
    const isReadOnly = readonlyOption(options);
    const blockSize = blockSizeOption(options);
    const format = BLOCK_BITS.indexOf(Math.log2(blockSize));
    if (size !== undefined && size < blockSize) {
      throw new DeviceOptionError('size', `${size} is less than a block of ${blockSize} bytes`);
    }
    const serial = serialOption(options);
    const limits = limitsOption(options);
    const description: FunctionDescription = {
      model: 'nvme',
      identity: IDENTITY,
      interruptPin: 1,
      bars: [{ index: 0, kind: 'memory64', size: BAR_SIZE, isMappable: true }],
      capabilities: [
        msixCapability({
          offset: 0x40,
          vectors: VECTORS,
          table: { bar: 0, offset: MSIX_TABLE },
          pending: { bar: 0, offset: MSIX_PENDING },
        }),
        express(),
        powerManagementCapability({ offset: 0x60 }),
      ],
      unclaimedBytes: 'writable',
      writableBits: [
        { offset: EXPRESS + PCI_EXP_DEVCTL, writable: 0 },
        { offset: EXPRESS + PCI_EXP_DEVCTL2, writable: 0x8000 },
      ],
      create: (context) => {
        const disk = context.openDisk({
          isReadOnly,
          ...(file === undefined ? { size: size ?? DEFAULT_SIZE } : { file }),
          ...(size === undefined ? {} : { size }),
        });
        if (disk.size < blockSize) {
          disk.close();
          const text = `${file}: the image has ${disk.size} bytes, less than a block of ${blockSize}`;
          throw new DiskError(text, { fix: 'take a larger image, or block_size=512' });
        }
        const identity = {
          vendor: IDENTITY.vendor,
          subsystemVendor: IDENTITY.subsystemVendor ?? 0,
          serial: serial ?? `uvfio-${context.name}`,
          model: MODEL,
        };
        const namespace = new Namespace(disk, format);
        return new NvmeController(context, { namespace, identity, limits });
      },
    };
    return place(description, options);
  },
};

/** As QEMU has it: link control 2 is not there, device capabilities 2 is. */
function express(): Capability {
  const capability = expressCapability({ offset: EXPRESS, hasFunctionLevelReset: true });
  const registers = capability.registers.filter(({ offset }) => offset !== PCI_EXP_LNKCTL2);
  return {
    ...capability,
    registers: [
      ...registers,
      { offset: PCI_EXP_DEVCAP2, size: 4, value: DEVICE_CAPABILITIES_2 },
      { offset: PCI_EXP_LNKCTL2, size: 2 },
    ],
  };
}

function sizeOption(options: DeviceOptions): number | undefined {
  if (options['size'] === undefined) return undefined;
  const size = numberOption(options, 'size', { default: 0, least: SECTOR });
  if (size % SECTOR !== 0) {
    throw new DeviceOptionError('size', `${options['size']} is no multiple of ${SECTOR} bytes`);
  }
  return size;
}

function blockSizeOption(options: DeviceOptions): number {
  const size = numberOption(options, 'block_size', { default: SECTOR });
  if (BLOCK_BITS.includes(Math.log2(size))) return size;
  throw new DeviceOptionError('block_size', `${size} can't be: take 512 or 4096`);
}

function limitsOption(options: DeviceOptions): ControllerLimits {
  const { queues, queueEntries } = DEFAULT_LIMITS;
  return {
    queues: numberOption(options, 'queues', { default: queues, least: 1, most: MAXIMUM_QUEUES }),
    queueEntries: numberOption(options, 'queue_entries', {
      default: queueEntries,
      least: 2,
      most: MAXIMUM_QUEUE_ENTRIES,
    }),
  };
}

function readonlyOption({ readonly = 'no' }: DeviceOptions): boolean {
  if (['yes', 'true', 'on', '1'].includes(readonly)) return true;
  if (['no', 'false', 'off', '0'].includes(readonly)) return false;
  throw new DeviceOptionError('readonly', `'${readonly}' is neither yes nor no`);
}

function serialOption({ serial }: DeviceOptions): string | undefined {
  if (serial === undefined) return undefined;
  if (/^[ -~]+$/.test(serial) && serial.length <= SERIAL_LENGTH) return serial;
  throw new DeviceOptionError(
    'serial',
    `'${serial}' is not 1 to ${SERIAL_LENGTH} ASCII characters`,
  );
}
