// A machine and a driver in one program: no kernel, no privileges, no other process.
import { Machine } from 'uvfio';
import { Attachment } from 'uvfio/client';

const machine = new Machine({ devices: [{ model: 'edu', addr: '0000:00:05.0' }] });

using edu = Attachment.open(machine.task(), '0000:00:05.0');
edu.device.enableBusMaster();
const registers = edu.device.bar(0);

registers.write32(0x08, 5); // FACTORIAL
while ((registers.read32(0x20) & 1) !== 0); // STATUS: computing
console.log(`5! = ${registers.read32(0x08)}`);

using buffer = edu.container.allocate({ length: 4096, iova: 0x10_0000n });
buffer.bytes.set([1, 2, 3, 4]);
copy(Number(buffer.iova), 0x4_0000, 0x1); // memory to device
buffer.bytes.fill(0);
copy(0x4_0000, Number(buffer.iova), 0x3); // device to memory
console.log(`back from the device: ${buffer.bytes.subarray(0, 4).join(' ')}`);

function copy(source: number, destination: number, command: number): void {
  registers.write32(0x80, source);
  registers.write32(0x88, destination);
  registers.write32(0x90, 4); // DMA_COUNT
  registers.write32(0x98, command);
  while ((registers.read32(0x98) & 1) !== 0); // DMA_COMMAND: running
}
