/** The command Identify: 4096 bytes each (NVM Express 1.4 §5.15; CNS 5 to 7 and 1Ch: TP 4056). */
import { BROADCAST_NSID, type Command } from './command.js';
import type { Firmware } from './firmware.js';
import {
  commandSetController,
  CONTROLLER_ID,
  controllerData,
  type ControllerIdentity,
} from './identify-controller.js';
import {
  commonNamespaceData,
  namespaceData,
  namespaceDescriptors,
  namespaceList,
} from './identify-namespace.js';
import type { Namespace } from './namespace.js';
import { CommandError, Status } from './status.js';

const PAGE = 4096;

/** CNS: which structure is asked for. */
const Cns = {
  namespace: 0x00,
  controller: 0x01,
  activeNamespaces: 0x02,
  namespaceDescriptors: 0x03,
  commandSetNamespace: 0x05,
  commandSetController: 0x06,
  commandSetActiveNamespaces: 0x07,
  allocatedNamespaces: 0x10,
  allocatedNamespace: 0x11,
  attachedControllers: 0x12,
  controllers: 0x13,
  commandSets: 0x1c,
} as const;

/** What is told of. */
export interface IdentifyParts {
  readonly identity: ControllerIdentity;
  readonly namespace: Namespace;
  readonly firmware: Firmware;
}

/** @throws CommandError */
export function identify(command: Command, parts: IdentifyParts): Uint8Array {
  const { identity, namespace, firmware } = parts;
  const { nsid } = command;
  switch (command.dword(10) & 0xff) {
    case Cns.namespace:
      return namespaceOrNothing(nsid, parts, namespace.isActive);
    case Cns.allocatedNamespace:
      return namespaceOrNothing(nsid, parts, namespace.isAllocated);
    case Cns.controller:
      return controllerData(identity, namespace, firmware.revision);
    case Cns.activeNamespaces:
      return namespaceList(nsid, namespace, namespace.isActive);
    case Cns.allocatedNamespaces:
      return namespaceList(nsid, namespace, namespace.isAllocated);
    case Cns.namespaceDescriptors:
      namespace.checkActive(nsid);
      return namespaceDescriptors(identity.serial);
    case Cns.commandSetNamespace:
      checkCommandSet(command);
      namespace.checkActive(nsid);
      return new Uint8Array(PAGE);
    case Cns.commandSetController:
      checkCommandSet(command);
      return commandSetController();
    case Cns.commandSetActiveNamespaces:
      checkCommandSet(command);
      return namespaceList(nsid, namespace, namespace.isActive);
    case Cns.attachedControllers:
      if (nsid !== namespace.id) throw new CommandError(Status.invalidNamespace);
      return controllerList(command, namespace.isActive);
    case Cns.controllers:
      return controllerList(command, true);
    case Cns.commandSets:
      return Uint8Array.from({ length: PAGE }, (_, index) => (index === 0 ? 1 : 0));
    default:
      throw new CommandError(Status.invalidField);
  }
}

/** Namespaces that are not there in the way that is asked for are all zeros. */
function namespaceOrNothing(
  nsid: number,
  { namespace, identity }: IdentifyParts,
  isThere: boolean,
): Uint8Array {
  if (nsid === BROADCAST_NSID) return commonNamespaceData();
  if (nsid !== namespace.id) throw new CommandError(Status.invalidNamespace);
  return isThere ? namespaceData(namespace, identity.serial) : new Uint8Array(PAGE);
}

/** Controllers from the one on that is named. */
function controllerList(command: Command, isListed: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(PAGE));
  if (!isListed || command.dword(10) >>> 16 > CONTROLLER_ID) return new Uint8Array(view.buffer);
  view.setUint16(0, 1, true);
  view.setUint16(2, CONTROLLER_ID, true);
  return new Uint8Array(view.buffer);
}

/** There is the NVM command set only. */
function checkCommandSet(command: Command): void {
  if (command.dword(11) >>> 24 !== 0) throw new CommandError(Status.invalidField);
}
