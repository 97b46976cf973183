// A device as real ones are: a driver gives it a list of memory to read, starts it, and gets an interrupt
// when the CRC-32 of all of it is there. Registers, DMA with a scatter list, MSI, time, errors, reset.
import {
  type DeviceContext,
  type DeviceModel,
  defineDevice,
  expressCapability,
  msiCapability,
  option,
  powerManagementCapability,
  RegisterBank,
  RegisterTable,
} from 'uvfio/device';

const TABLE = new RegisterTable({
  ID: { offset: 0x00, access: 'RO', reset: 0x0001_0c5c }, // version 1
  CONTROL: { offset: 0x04, access: 'WO', fields: { START: 0 } },
  STATUS: {
    offset: 0x08,
    access: 'RW1C',
    fields: { BUSY: { bits: 0, access: 'RO' }, DONE: 1, FAULT: 2 },
  },
  RESULT: { offset: 0x0c, access: 'RO' },
  LIST: { offset: 0x10, width: 64, access: 'RW' }, // where the list is
  COUNT: { offset: 0x18, access: 'RW', fields: { ENTRIES: [7, 0] } },
});

/** An entry of the list: address (8 bytes), length (4 bytes), reserved (4 bytes). */
const ENTRY_SIZE = 16;
/** All that one list may name. */
const MOST_BYTES = 2 ** 24;

class ChecksumEngine implements DeviceModel {
  readonly #context: DeviceContext;
  readonly #bytesPerMs: number;
  readonly #registers: RegisterBank<typeof TABLE.declarations>;
  #timer: { cancel(): void } | undefined;

  constructor(context: DeviceContext, bytesPerMs: number) {
    this.#context = context;
    this.#bytesPerMs = bytesPerMs;
    this.#registers = new RegisterBank(context, TABLE, {
      written: { CONTROL: () => this.#start() },
    });
  }

  read(...access: Parameters<DeviceModel['read']>): number {
    return this.#registers.read(...access);
  }

  write(...access: Parameters<DeviceModel['write']>): void {
    this.#registers.write(...access);
  }

  reset(cause: Parameters<DeviceModel['reset']>[0]): void {
    this.dispose();
    this.#registers.reset(cause);
  }

  dispose(): void {
    this.#timer?.cancel();
  }

  #start(): void {
    const registers = this.#registers;
    if (registers.getField('STATUS', 'BUSY') === 1) return;
    registers.setField('STATUS', 'BUSY', 1);
    const bytes = this.#gather();
    const delayMs = (bytes?.length ?? 0) / this.#bytesPerMs;
    this.#timer = this.#context.timers.set(delayMs, () => this.#finish(bytes));
  }

  #finish(bytes: Uint8Array | undefined): void {
    const registers = this.#registers;
    registers.setField('STATUS', 'BUSY', 0);
    registers.setField('STATUS', bytes === undefined ? 'FAULT' : 'DONE', 1);
    if (bytes !== undefined) registers.set('RESULT', crc32(bytes));
    this.#context.interrupts.msi();
  }

  /** All that the list names; undefined when memory is not there, or too much is asked for. */
  #gather(): Uint8Array | undefined {
    const { dma } = this.#context;
    const list = new Uint8Array(this.#registers.getField('COUNT', 'ENTRIES') * ENTRY_SIZE);
    if (!dma.read(this.#registers.get('LIST'), list)) return undefined;
    const view = new DataView(list.buffer);
    const ranges = [];
    let total = 0;
    for (let at = 0; at < list.length; at += ENTRY_SIZE) {
      const length = view.getUint32(at + 8, true);
      ranges.push({ iova: view.getBigUint64(at, true), length });
      total += length;
    }
    if (total > MOST_BYTES) return undefined;
    const bytes = new Uint8Array(total);
    return dma.readv(ranges, bytes) ? bytes : undefined;
  }
}

/** CRC-32 as Ethernet and gzip have it (IEEE 802.3 §3.2.9). */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb8_8320 : 0);
  }
  return ~crc >>> 0;
}

export default defineDevice({
  name: 'checksum',
  summary: 'computes CRC-32 of memory by DMA',
  options: {
    speed: option.number({ summary: 'bytes it reads in a millisecond', default: 1e6, least: 1 }),
  },
  registers: TABLE,
  describe: ({ speed }) => ({
    identity: { vendor: 0x1234, device: 0x0c5c, class: 0x120000, subsystemVendor: 0x1234 },
    bars: [{ index: 0, kind: 'memory64', size: 4096 }],
    capabilities: [
      powerManagementCapability(),
      msiCapability({ vectors: 1 }),
      expressCapability({ hasFunctionLevelReset: true }),
    ],
    create: (context) => new ChecksumEngine(context, speed),
  }),
});
