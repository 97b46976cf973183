// An edu device on a bus, with memory that its DMA reaches, driven register by register.
import { eduModel } from '../../../src/devices/edu/index.js';
import { iommuGroupOf } from '../../../src/iommu/iommu-group.js';
import type { DeviceOptions } from '../../../src/pci/device-model.js';
import type { InterruptKind } from '../../../src/pci/interrupts.js';
import { TestPci } from '../../pci/test-pci.js';
import { flatDomain } from '../../support/flat-domain.js';

export class EduBench {
  readonly machine: TestPci;
  /** What DMA reaches, from address 0 on. */
  readonly memory = new Uint8Array(0x10000);
  /** Interrupts that arrived. */
  interruptCount = 0;

  constructor(options: DeviceOptions = {}) {
    this.machine = new TestPci({ '00:03.0': eduModel.describe(options) });
    const group = iommuGroupOf(this.member.device);
    if (group !== undefined) group.domain = flatDomain(this.memory);
    this.member.setMaster(true);
  }

  get member() {
    return this.machine.at('0000:00:03.0');
  }

  get bar() {
    const [bar] = this.member.bars;
    if (bar?.bytes === undefined) throw new Error('edu has no mappable BAR 0');
    return { read: bar.read.bind(bar), write: bar.write.bind(bar), bytes: bar.bytes };
  }

  read(register: number): number {
    return this.bar.read(register, 4);
  }

  write(register: number, value: number): void {
    this.bar.write(register, 4, value);
  }

  /** What clients that mapped the BAR load. */
  load(register: number): number {
    const { bytes } = this.bar;
    return new DataView(bytes.buffer, bytes.byteOffset).getUint32(register, true);
  }

  /** What clients that mapped the BAR store; the machine looks afterwards. */
  store(register: number, value: number): void {
    this.member.bars[0]?.setMapped(true);
    const { bytes } = this.bar;
    new DataView(bytes.buffer, bytes.byteOffset).setUint32(register, value, true);
    this.machine.kernel.pollers.poll();
  }

  enableInterrupts(kind: InterruptKind): void {
    this.member.interrupts.enable(kind, 1, () => {
      this.interruptCount += 1;
    });
  }

  /** Lets all timers run out. */
  wait(): void {
    const { timers } = this.machine.kernel;
    while (timers.fireNext(timers.nowMs + 1000));
  }
}
