/** What happens to devices of a session, and what the machine's kernel says. */
import type { Recorded } from '../recording/index.js';

/** A record of something that happened to a device, or that the kernel said. */
export type SessionEvent = Extract<
  Recorded,
  {
    kind:
      | 'dma'
      | 'iommuFault'
      | 'interrupt'
      | 'armed'
      | 'register'
      | 'mapping'
      | 'locked'
      | 'reset'
      | 'command'
      | 'session'
      | 'unmodelled'
      | 'activity'
      | 'log'
      | 'eventSignal'
      | 'eventGone';
  }
>;

const EVENT_KINDS: ReadonlySet<string> = new Set<SessionEvent['kind']>([
  'dma',
  'iommuFault',
  'interrupt',
  'armed',
  'register',
  'mapping',
  'locked',
  'reset',
  'command',
  'session',
  'unmodelled',
  'activity',
  'log',
  'eventSignal',
  'eventGone',
]);

export function isEvent(record: Recorded): record is SessionEvent {
  return EVENT_KINDS.has(record.kind);
}
