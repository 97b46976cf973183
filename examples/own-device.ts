// The smallest device that works: one register that adds up what is written to it, and a driver.
import { Machine } from 'uvfio';
import { Attachment } from 'uvfio/client';
import type { DeviceModelFactory } from 'uvfio/device';

const adder: DeviceModelFactory = {
  summary: 'adds numbers',
  options: {},
  describe: () => ({
    model: 'adder',
    identity: { vendor: 0x1234, device: 0xadd, class: 0xff0000 },
    bars: [{ index: 0, kind: 'memory32', size: 4096 }],
    create: () => {
      let sum = 0;
      return {
        read: (_bar, offset) => (offset === 0 ? sum : 0),
        write: (_bar, offset, _size, value) => {
          if (offset === 0) sum = (sum + value) >>> 0;
        },
        reset: () => {
          sum = 0;
        },
      };
    },
  }),
};

const machine = new Machine({ devices: [{ model: adder, addr: '0000:00:05.0' }] });
using attached = Attachment.open(machine.task(), '0000:00:05.0');
attached.device.enableBusMaster();
const register = attached.device.bar(0);
for (const number of [1, 2, 3]) register.write32(0, number);
console.log(`1 + 2 + 3 = ${register.read32(0)}`);
