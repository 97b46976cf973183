// A device that copies: from an address to another, at once when told to.
import type { DeviceModelFactory } from 'uvfio/device';

const SOURCE = 0;
const DESTINATION = 8;
const LENGTH = 16;
/** Writing starts a copy; reading says whether the last one succeeded. */
const COPY = 24;

const copier: DeviceModelFactory = {
  summary: 'copies memory',
  options: {},
  describe: () => ({
    model: 'copier',
    identity: { vendor: 0x1234, device: 0xc0b1, class: 0xff0000 },
    bars: [{ index: 0, kind: 'memory32', size: 4096 }],
    create: ({ dma }) => {
      const registers = new DataView(new ArrayBuffer(32));
      const copy = (): boolean => {
        const bytes = new Uint8Array(Math.min(registers.getUint32(LENGTH, true), 65536));
        return (
          dma.read(registers.getBigUint64(SOURCE, true), bytes) &&
          dma.write(registers.getBigUint64(DESTINATION, true), bytes)
        );
      };
      return {
        read: (_bar, offset) => (offset < 32 ? registers.getUint32(offset & ~3, true) : 0),
        write: (_bar, offset, _size, value) => {
          if (offset < 32) registers.setUint32(offset & ~3, value, true);
          if (offset === COPY) registers.setUint32(COPY, copy() ? 1 : 0, true);
        },
        reset: () => new Uint8Array(registers.buffer).fill(0),
      };
    },
  }),
};

export default copier;
