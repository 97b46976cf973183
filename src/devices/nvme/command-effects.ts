/** The log of commands supported and their effects (NVM Express 1.4 §5.14.1.5). */
import { Admin, Io } from './command.js';

const SUPPORTED = 1;
/** Content of logical blocks (LBCC). */
const CHANGES_CONTENT = 2;
/** Capabilities of a namespace (NCC). */
const CHANGES_NAMESPACE = 4;
/** Which namespaces there are (NIC). */
const CHANGES_INVENTORY = 8;
/** Capabilities of the controller (CCC). */
const CHANGES_CONTROLLER = 16;

const EFFECTS: readonly { readonly opcode: number; readonly changes: number }[] = [
  { opcode: Admin.formatNvm, changes: CHANGES_CONTENT | CHANGES_NAMESPACE },
  { opcode: Admin.namespaceManagement, changes: CHANGES_CONTENT | CHANGES_INVENTORY },
  { opcode: Admin.namespaceAttachment, changes: CHANGES_INVENTORY },
  { opcode: Admin.firmwareCommit, changes: CHANGES_CONTROLLER },
];
const CHANGING_IO: readonly number[] = [Io.write, Io.writeZeroes, Io.datasetManagement];
/** Where I/O commands follow admin commands. */
const IO_PART = 1024;

export function commandEffectsPage(): Uint8Array {
  const view = new DataView(new ArrayBuffer(4096));
  for (const opcode of Object.values(Admin)) {
    const changes = EFFECTS.find((effect) => effect.opcode === opcode)?.changes ?? 0;
    view.setUint32(4 * opcode, SUPPORTED | changes, true);
  }
  for (const opcode of Object.values(Io)) {
    const changes = CHANGING_IO.includes(opcode) ? CHANGES_CONTENT : 0;
    view.setUint32(IO_PART + 4 * opcode, SUPPORTED | changes, true);
  }
  return new Uint8Array(view.buffer);
}
