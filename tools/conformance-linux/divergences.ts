// Where uvfio is meant to answer differently from the recorded kernel, and why. Nothing else is excused.

import type { Difference } from './compare.js';

/** One reason and the lines it explains; `*` stands for any text. */
export interface Divergence {
  readonly run: string;
  readonly scenario: string;
  readonly step: string;
  /** What is said of the difference, where only one is excused. Default: any. */
  readonly text?: string;
  readonly reason: string;
}

/** The recorded kernel is 6.1, the core is that of v0.3 (4.1), whose answers win. */
const V03 = {
  mmap: 'v0.3: mmap of a container is EINVAL',
  negative: 'v0.3: a negative descriptor, and one while a container is set, are EINVAL',
  name: 'v0.3: names are compared as they are, and only when container and IOMMU are set',
  viability: 'v0.3: SET_CONTAINER and SET_IOMMU do not ask whether the group is viable',
  groupOpen: 'v0.3: an open group outlives the removal of its last device, with its node',
} as const;

/** What a host without a kernel module can't do. */
const HOST = {
  mremap: 'the real kernel lets a mapping of a file grow',
  signal: 'a signal that kills ends a sleeping call',
  polled: 'mapped registers are looked at, not trapped: what a store does is seen a moment later',
  uevent: 'uevents are the real kernel’s to send',
} as const;

const REGISTERS = 'registers of a device without a model';

export const divergences: readonly Divergence[] = [
  { run: '*', scenario: 'container.fresh', step: 'io.mmap', reason: V03.mmap },
  { run: '*', scenario: 'container.set_iommu', step: '*.io.mmap', reason: V03.mmap },
  { run: '*', scenario: 'group.set_container', step: '*minus-one', reason: V03.negative },
  { run: '*', scenario: 'group.set_container', step: 'int-min', reason: V03.negative },
  { run: '*', scenario: 'group.set_container', step: 'set.closed', reason: V03.negative },
  { run: '*', scenario: 'group.device_fd', step: '*.bad-name', reason: V03.name },
  { run: '*', scenario: 'group.device_fd', step: 'name.trailing-blank', reason: V03.name },
  { run: '*', scenario: 'group.device_fd', step: 'name.option', reason: V03.name },
  { run: '*', scenario: 'group.device_fd', step: 'name.*vf-token', reason: V03.name },
  { run: 'pair', scenario: 'viable.states', step: 'peer-on-host-driver.*', reason: V03.viability },
  { run: 'pair', scenario: 'viable.live', step: 'host-driver.attach', reason: V03.viability },
  { run: 'pair', scenario: 'viable.live', step: 'released.*', reason: V03.viability },
  { run: 'sysfs-*', scenario: 'sysfs.unbind_group_open', step: '*', reason: V03.groupOpen },
  { run: '*', scenario: 'region.mmap', step: '*.mremap-grow', reason: HOST.mremap },
  {
    run: 'sysfs-*',
    scenario: 'sysfs.unbind_signal',
    step: 'blocked-after-sig*',
    reason: HOST.signal,
  },
  { run: 'sysfs-*', scenario: 'sysfs.unbind_signal', step: 'released', reason: HOST.signal },
  { run: 'sysfs-*', scenario: 'sysfs.cycle', step: '*.uevents*', reason: HOST.uevent },
  {
    run: 'edu',
    scenario: 'edu.registers',
    step: 'mapped.liveness-inverted',
    text: 'out.value "0xcafebabe", *',
    reason: HOST.polled,
  },
  {
    run: 'edu',
    scenario: 'edu.registers',
    step: 'mapped.factorial-of-5',
    text: 'out.value "0x00000005", *',
    reason: HOST.polled,
  },
  { run: 'e1000', scenario: 'region.read', step: 'BAR0.*', reason: REGISTERS },
  { run: 'e1000', scenario: 'e1000.*', step: '*', reason: REGISTERS },
];

/** The divergence that explains a difference, if one does. */
export function excuseFor(difference: Difference): Divergence | undefined {
  return divergences.find(
    ({ run, scenario, step, text = '*' }) =>
      matches(run, difference.run) &&
      matches(scenario, difference.scenario) &&
      matches(step, difference.step) &&
      matches(text, difference.text),
  );
}

function matches(pattern: string, text: string): boolean {
  const source = pattern
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${source}$`).test(text);
}
