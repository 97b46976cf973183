// The runs that were recorded on a real kernel: on which devices of the machine, and which scenarios.

/** One run of the probe. */
export interface ProbeRun {
  /** As in the recording's name, `linux-6.1-<name>.jsonl`. */
  readonly name: string;
  /** Description of the machine, in `conformance/linux/`. */
  readonly machine: string;
  readonly args: readonly string[];
}

const EDU = '0000:00:03.0';
const E1000 = '0000:00:04.0';
const NVME = '0000:01:00.0';
const PAIR = '0000:03:01.0';
const RTL8139 = '0000:03:02.0';

const device = ['device.*', 'irq.*', 'reset.*', 'feature.*', 'region.*', 'config.*'];

const machine = 'machine.yaml';

export const runs: readonly ProbeRun[] = [
  { name: 'no-type1', machine: 'no-type1.yaml', args: ['--bdf', EDU, 'container.no_iommu_driver'] },
  { name: 'no-intremap', machine: 'no-intremap.yaml', args: ['--bdf', EDU, 'container.unsafe'] },
  {
    name: 'no-iommu',
    machine: 'no-iommu.yaml',
    args: ['--bdf', EDU, 'container.open', 'container.fresh', 'bind.without_iommu'],
  },
  { name: 'edu', machine, args: ['--bdf', EDU, '--other', E1000] },
  { name: 'e1000', machine, args: ['--bdf', E1000, ...device, 'e1000.*'] },
  { name: 'nvme', machine, args: ['--bdf', NVME, ...device, 'nvme.*'] },
  { name: 'rtl8139', machine, args: ['--bdf', RTL8139, 'device.*', 'region.*', 'config.*'] },
  {
    name: 'pair',
    machine,
    args: [
      ...['--bdf', PAIR, '--peer', RTL8139, '--other', EDU, '--host-driver', '8139cp'],
      ...[
        'viable.*',
        'group.*',
        'lifetime.close_orders',
        'reset.*',
        'device.info',
        'container.two_groups',
      ],
    ],
  },
  { name: 'sysfs-nvme', machine, args: ['--bdf', NVME, 'sysfs.*'] },
  { name: 'sysfs-edu', machine, args: ['--bdf', EDU, 'sysfs.*'] },
];
