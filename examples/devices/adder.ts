// The smallest device that works: it adds up what is written to it.
import { defineDevice, option, RegisterBank, RegisterTable } from 'uvfio/device';

const registers = new RegisterTable({
  SUM: { offset: 0x0, access: 'RO' },
  ADD: { offset: 0x4, access: 'WO' },
});

export default defineDevice({
  name: 'adder',
  summary: 'adds up what is written to it',
  options: {
    scale: option.number({ summary: 'what numbers are multiplied by', default: 1, least: 1 }),
  },
  registers,
  describe: ({ scale }) => ({
    identity: { vendor: 0x1234, device: 0x0add, class: 0xff0000 },
    bars: [{ index: 0, kind: 'memory32', size: 4096, isMappable: true }],
    create: (context) =>
      new RegisterBank(context, registers, {
        written: {
          ADD: (value, bank) => bank.set('SUM', (bank.get('SUM') + scale * value) >>> 0),
        },
      }),
  }),
});
