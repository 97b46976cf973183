// A device whose model has mistakes: at one offset each, and it goes on.
import { type DeviceModel, defineDevice } from 'uvfio/device';

function mistake(): never {
  throw new Error('this model has a mistake');
}

export default defineDevice({
  name: 'faulty',
  summary: 'fails at accesses',
  describe: () => ({
    identity: { vendor: 0x1234, device: 0xbad, class: 0xff0000 },
    bars: [{ index: 0, kind: 'memory32', size: 4096 }],
    create: ({ timers }): DeviceModel => ({
      read: (_bar, offset) => (offset === 0 ? 42 : mistake()),
      write: (_bar, offset, _size, value) => {
        if (offset === 4) mistake();
        if (offset === 8) timers.set(0, mistake);
        if (offset === 12) void Promise.resolve().then(mistake);
        while (offset === 16 && value > 0);
      },
      reset: () => undefined,
    }),
  }),
});
