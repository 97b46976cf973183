// Registers of a device on a bus, and accesses to them.
import type { DeviceContext } from '../../../src/pci/device-model.js';
import { RegisterBank, type RegisterHooks } from '../../../src/pci/registers/register-bank.js';
import {
  type RegisterDeclarations,
  RegisterTable,
  type RegisterTableOptions,
} from '../../../src/pci/registers/register-table.js';
import { TestPci } from '../test-pci.js';

export function bankOf<const D extends RegisterDeclarations>(
  declarations: D,
  hooks: RegisterHooks<D> = {},
  options: RegisterTableOptions & { readonly isMappable?: boolean } = {},
) {
  const table = new RegisterTable(declarations, options);
  let bank: RegisterBank<D> | undefined;
  const machine = new TestPci({
    '00:03.0': {
      model: 'test',
      identity: { vendor: 0x1234, device: 1, class: 0xff0000 },
      bars: [{ index: 0, kind: 'memory32', size: 4096, isMappable: options.isMappable ?? false }],
      create: (context: DeviceContext) => {
        bank = new RegisterBank(context, table, hooks);
        return bank;
      },
    },
  });
  const member = machine.at('0000:00:03.0');
  const [bar] = member.bars;
  if (bar === undefined || bank === undefined) throw new Error('the device was not made');
  const view = bar.bytes && new DataView(bar.bytes.buffer, bar.bytes.byteOffset);
  return {
    bank,
    member,
    read: (offset: number, size: 1 | 2 | 4 = 4) => bar.read(offset, size),
    write: (offset: number, value: number, size: 1 | 2 | 4 = 4) => bar.write(offset, size, value),
    /** What a client loads from mapped memory. */
    load: (offset: number) => view?.getUint32(offset, true),
    /** What a client stores to it, before the machine looks. */
    store: (offset: number, value: number) => {
      bar.setMapped(true);
      view?.setUint32(offset, value, true);
    },
    look: () => machine.kernel.pollers.poll(),
  };
}
