// A driver for the checksum device of checksum.ts. It runs on a machine in the same program, and as a
// program of its own on real system calls.
import { Attachment, Event, type VfioSystem } from 'uvfio/client';

/** Where the driver has the list and the data, for the device. */
const LIST = 0x10_0000n;
const DATA = 0x20_0000n;

/** The CRC-32 of texts, one behind the other; each is a piece of memory of its own. */
export function checksumOf(system: VfioSystem, address: string, texts: readonly string[]): number {
  using attached = Attachment.open(system, address);
  using done = Event.create(system);
  const { device, container } = attached;
  device.enableBusMaster();
  device.msi.setEvents([done]);
  using list = container.allocate({ length: 4096, iova: LIST });
  using data = container.allocate({ length: 4096 * texts.length, iova: DATA });
  const entries = new DataView(list.bytes.buffer, list.bytes.byteOffset, list.bytes.length);
  for (const [index, text] of texts.entries()) {
    const { written } = new TextEncoder().encodeInto(text, data.bytes.subarray(4096 * index));
    entries.setBigUint64(16 * index, DATA + BigInt(4096 * index), true);
    entries.setUint32(16 * index + 8, written, true);
  }
  const registers = device.bar(0);
  registers.write64(0x10, LIST);
  registers.write32(0x18, texts.length); // COUNT
  registers.write32(0x04, 1); // CONTROL: START
  if (done.wait(5000) === 0) throw new Error('no interrupt came');
  const status = registers.read32(0x08);
  registers.write32(0x08, status);
  if ((status & 4) !== 0) throw new Error('the device could not read its memory');
  return registers.read32(0x0c);
}
