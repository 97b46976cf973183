// TAP devices of the computer that the tests run on.
import { execFileSync } from 'node:child_process';

/** Whether a TAP device can be made here: by root, where containers don't forbid it. */
export function mayMakeTap(): boolean {
  const device = `t${process.pid}`;
  try {
    execFileSync('ip', ['tuntap', 'add', 'dev', device, 'mode', 'tap'], { stdio: 'ignore' });
    execFileSync('ip', ['tuntap', 'delete', 'dev', device, 'mode', 'tap'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
