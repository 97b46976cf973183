import { expect, test } from 'vitest';
import { FaultReporter } from '../../src/iommu/fault-reporter.js';
import type { IommuFault } from '../../src/iommu/iommu-domain.js';
import { Device } from '../../src/kernel/device.js';
import { KernelLog } from '../../src/kernel/log.js';
import { TimerQueue } from '../../src/kernel/timers.js';

const fault: IommuFault = {
  device: new Device('0000:00:03.0'),
  iova: 0x900010n,
  isWrite: true,
  reason: 'not mapped',
};

function setUp() {
  const log = new KernelLog();
  const timers = new TimerQueue();
  const texts: string[] = [];
  log.subscribe(({ text }) => texts.push(text));
  return { reporter: new FaultReporter(log, timers), timers, texts };
}

test('a fault is logged as an Intel IOMMU reports it', () => {
  const { reporter, texts } = setUp();
  reporter.report(fault);
  expect(texts).toEqual([
    'DMAR: [DMA Write NO_PASID] Request device [00:03.0] fault addr 0x900000 [fault reason 0x05] PTE Write access is not set',
  ]);
});

test('ten faults in five seconds are logged, all are told to listeners', () => {
  const { reporter, timers, texts } = setUp();
  let heard = 0;
  reporter.subscribe(() => {
    heard += 1;
  });
  for (let i = 0; i < 25; i++) reporter.report(fault);
  expect([texts.length, heard, reporter.count]).toEqual([10, 25, 25]);
  timers.fireNext(5000);
  reporter.report(fault);
  expect(texts.slice(10, 11)).toEqual(['dmar_fault: 15 callbacks suppressed']);
});
