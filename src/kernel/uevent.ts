/** `uevent` files: what a device is, for user space, and events that user space asks for by hand. */
import { kernelError } from './error.js';

const ACTIONS = new Set(['add', 'remove', 'change', 'move', 'online', 'offline', 'bind', 'unbind']);

/** The content of a `uevent` file: `KEY=value` lines; undefined values are left out. */
export function ueventText(variables: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(variables)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

/**
 * Takes the action that somebody writes to have the event sent (`kobject_synth_uevent`). Events go to
 * nobody here. @throws EINVAL for what is no action
 */
export function storeUevent(text: string): void {
  const [action = ''] = text.replace(/\n$/, '').split(' ');
  if (!ACTIONS.has(action)) throw kernelError('EINVAL');
}
