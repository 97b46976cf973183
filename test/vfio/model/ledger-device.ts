// A bus driver's data and callbacks that keep books and complain when the core calls out of turn.
import type { Device } from '../../../src/kernel/device.js';
import type { VfioDeviceOps } from '../../../src/vfio/index.js';

/** A device from the bus driver's probe to its remove. */
export class LedgerDevice {
  readonly device: Device;
  /** Closes a descriptor of the device when asked for it the n-th time. */
  readonly yieldsAtRequest: number | undefined;
  readonly closeOne: (device: LedgerDevice) => void;
  opens = 0;
  requests = 0;
  isRemoved = false;
  /** The next open answers this. */
  nextOpen = 0;

  constructor(
    device: Device,
    yieldsAtRequest: number | undefined,
    closeOne: (device: LedgerDevice) => void,
  ) {
    this.device = device;
    this.yieldsAtRequest = yieldsAtRequest;
    this.closeOne = closeOne;
  }

  check(what: string, isOpen: boolean): void {
    if (this.isRemoved) throw new Error(`${this.device.name}: ${what} after removal`);
    if (isOpen && this.opens === 0) throw new Error(`${this.device.name}: ${what} after release`);
  }
}

export const ledgerDeviceOps: VfioDeviceOps<LedgerDevice> = {
  name: 'ledger',
  open(data) {
    data.check('open', false);
    const answer = data.nextOpen;
    data.nextOpen = 0;
    if (answer === 0) data.opens += 1;
    return answer;
  },
  release(data) {
    data.check('release', true);
    data.opens -= 1;
  },
  ioctl(data) {
    data.check('ioctl', true);
    return 0;
  },
  request(data, count) {
    data.check('request', false);
    if (count !== data.requests) {
      throw new Error(`${data.device.name}: request ${count} after ${data.requests} of them`);
    }
    data.requests += 1;
    if (count === data.yieldsAtRequest) data.closeOne(data);
  },
};
