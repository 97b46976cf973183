/** Events of devices in words, for people. */
import {
  PCI_COMMAND_INTX_DISABLE,
  PCI_COMMAND_IO,
  PCI_COMMAND_MASTER,
  PCI_COMMAND_MEMORY,
} from '../../uapi/pci-regs.js';
import { irqIndexName } from '../decode/constants.js';
import { hex, rangeText, sizeText } from '../decode/quantities.js';
import { placeText, type RegisterNames } from '../decode/register-names.js';
import type { SessionCall } from '../session-call.js';
import type { SessionEvent } from '../session-event.js';

/** The kinds of lines that a trace has, for filters. */
export type EventTopic =
  | 'dma'
  | 'fault'
  | 'interrupt'
  | 'register'
  | 'mapping'
  | 'reset'
  | 'command'
  | 'activity'
  | 'log';

export interface EventText {
  readonly topic: EventTopic;
  /** Absent: the machine as a whole. */
  readonly device?: string;
  readonly text: string;
  readonly isFault: boolean;
}

/** What there is to say; nothing for what another line says better. @param call what caused it, if a call has */
export function eventText(
  event: SessionEvent,
  registers: RegisterNames,
  call?: SessionCall,
): EventText | undefined {
  switch (event.kind) {
    case 'dma': {
      const way = event.isWrite ? 'writes' : 'reads';
      const { device, fault } = event;
      const where = `${sizeText(event.length)} at ${hex(event.iova)}`;
      if (fault === '') return line('dma', device, `DMA ${way} ${where}`);
      return { ...line('fault', device, `DMA fault: ${way} ${where}: ${fault}`), isFault: true };
    }
    case 'interrupt':
      return interruptText(event);
    case 'register': {
      if (!event.isMapped) return undefined;
      const name = registers.textOf(event.device, event.region, event.offset);
      return line('register', event.device, `${name} ← ${hex(event.value)} (mapped store)`);
    }
    case 'unmodelled': {
      const bytes = `${event.size} B at ${placeText(event.bar, event.offset)}`;
      const what = event.isWrite ? `write of ${hex(event.value)}, ${bytes}` : `read of ${bytes}`;
      return {
        ...line('register', event.device, `${what}: the model has no such register`),
        isFault: true,
      };
    }
    case 'mapping': {
      const way = event.isAdded ? 'mapped' : 'unmapped';
      return {
        topic: 'mapping',
        text: `${way} ${rangeText(event.iova, event.size)}`,
        isFault: false,
      };
    }
    case 'reset':
      return line('reset', event.device, `reset (${event.cause})`);
    case 'command':
      return line('command', event.device, commandText(event.command, call));
    case 'session':
      if (event.stage === 'requested')
        return line('command', event.device, 'the kernel wants the device back');
      return undefined;
    case 'activity':
      return line('activity', event.device, event.text);
    case 'log':
      return {
        topic: 'log',
        text: `kernel: ${event.text}`,
        isFault: event.level === 'WARN' || event.level === 'BUG',
      };
    default:
      return undefined;
  }
}

/**
 * Several of one device, one after the other, in a line: what comes next stands after an arrow. Undefined where
 * the one is no continuation of the other.
 */
export function joined(first: EventText, next: EventText): EventText | undefined {
  if (!COMMAND.test(first.text) || first.device !== next.device) return undefined;
  const value = COMMAND.exec(next.text)?.[1];
  return value === undefined ? undefined : { ...first, text: `${first.text} → ${value}` };
}

const COMMAND = /^command register(?:, by the kernel)?: (.*)$/;

function line(topic: EventTopic, device: string, text: string): EventText {
  return { topic, device, text, isFault: false };
}

const INTERRUPTS: Readonly<Record<string, number>> = { intx: 0, msi: 1, msix: 2 };

function interruptText(event: Extract<SessionEvent, { kind: 'interrupt' }>): EventText | undefined {
  const { device, stage, reason, vector } = event;
  const kind = irqIndexName(INTERRUPTS[event.interrupt] ?? 0);
  const name = kind === 'INTX' ? kind : `${kind} ${vector}`;
  switch (stage) {
    case 'signalled':
      return line('interrupt', device, `interrupt ${name}: eventfd signalled`);
    case 'unheard':
      return {
        ...line('interrupt', device, `interrupt ${name}: no eventfd is set`),
        isFault: true,
      };
    case 'pending':
      return line('interrupt', device, `interrupt ${name}: pending (${reason})`);
    case 'lost':
      return { ...line('interrupt', device, `interrupt ${name}: lost (${reason})`), isFault: true };
    default:
      return undefined;
  }
}

/** Programs write it through configuration space; whatever else they do, the kernel does it for them. */
function commandText(command: number, call: SessionCall | undefined): string {
  const isByKernel = call !== undefined && call.entered?.kind !== 'write';
  return `command register${isByKernel ? ', by the kernel' : ''}: ${commandNames(command)}`;
}

function commandNames(command: number): string {
  const names: (readonly [number, string])[] = [
    [PCI_COMMAND_IO, 'I/O'],
    [PCI_COMMAND_MEMORY, 'memory'],
    [PCI_COMMAND_MASTER, 'bus master'],
    [PCI_COMMAND_INTX_DISABLE, 'INTx disabled'],
  ];
  return (
    names.flatMap(([bit, name]) => ((command & bit) === 0 ? [] : [name])).join(', ') || 'all off'
  );
}
