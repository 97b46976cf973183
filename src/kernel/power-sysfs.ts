/** The `power` directory of a device in sysfs (`Documentation/ABI/testing/sysfs-devices-power`). */
import { kernelError } from './error.js';
import { addAttribute } from './sysfs.js';
import type { Directory } from './tree.js';

/** Runtime power management as its files show it. */
export interface PowerState {
  /** Whether it may be suspended while unused. */
  readonly isAllowed: boolean;
  readonly isSuspended: boolean;
  /** Uses that keep it awake. */
  readonly usage: number;
  /** Children that are awake. */
  readonly activeChildren: number;
  allow(): void;
  forbid(): void;
}

/** Adds `power` to a device's directory. Without a state: a device without power management. */
export function addPowerDirectory(device: Directory, state?: PowerState): Directory {
  const directory = device.directory('power');
  let isAsync = state !== undefined;
  addAttribute(directory, 'async', {
    show: () => `${isAsync ? 'enabled' : 'disabled'}\n`,
    store: (text) => {
      isAsync = choice(text, 'enabled', 'disabled');
    },
  });
  addAttribute(directory, 'autosuspend_delay_ms', { show: notSupported, store: notSupported });
  addControl(directory, state);
  addStatus(directory, state);
  return directory;
}

function addControl(directory: Directory, state: PowerState | undefined): void {
  let isAllowed = true;
  addAttribute(directory, 'control', {
    show: () => `${(state?.isAllowed ?? isAllowed) ? 'auto' : 'on'}\n`,
    store: (text) => {
      isAllowed = choice(text, 'auto', 'on');
      if (isAllowed) state?.allow();
      else state?.forbid();
    },
  });
}

function addStatus(directory: Directory, state: PowerState | undefined): void {
  const show = (name: string, value: () => string | number): void => {
    addAttribute(directory, name, { show: () => `${value()}\n`, isVolatile: state !== undefined });
  };
  show('runtime_active_kids', () => state?.activeChildren ?? 0);
  addAttribute(directory, 'runtime_active_time', { show: () => '0\n' });
  show('runtime_enabled', () => {
    if (state === undefined) return 'disabled';
    return state.isAllowed ? 'enabled' : 'forbidden';
  });
  show('runtime_status', () => {
    if (state === undefined) return 'unsupported';
    return state.isSuspended ? 'suspended' : 'active';
  });
  addAttribute(directory, 'runtime_suspended_time', { show: () => '0\n' });
  show('runtime_usage', () => state?.usage ?? 0);
}

/** Counters of wake-up events, for devices that can wake the system. */
export function addWakeupAttributes(power: Directory): void {
  let isEnabled = false;
  addAttribute(power, 'wakeup', {
    show: () => `${isEnabled ? 'enabled' : 'disabled'}\n`,
    store: (text) => {
      isEnabled = choice(text, 'enabled', 'disabled');
    },
  });
  addAttribute(power, 'wakeup_active', { show: () => '\n' });
  const counters = ['abort_count', 'active_count', 'count', 'expire_count'];
  for (const name of [...counters, 'last_time_ms', 'max_time_ms', 'total_time_ms']) {
    addAttribute(power, `wakeup_${name}`, { show: () => '\n' });
  }
}

function notSupported(): never {
  throw kernelError('EIO');
}

/** True for the first word, false for the second. @throws EINVAL for anything else */
function choice(text: string, yes: string, no: string): boolean {
  const word = text.replace(/\n$/, '');
  if (word !== yes && word !== no) throw kernelError('EINVAL');
  return word === yes;
}
