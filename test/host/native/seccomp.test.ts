// What the kernel offers, and where filters end up: seccomp(2)

import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { importCompiled, type Native } from './compiled.js';
import { describeNative } from './platform-condition.js';

describeNative('probeSeccomp', () => {
  let native: Native;
  beforeAll(async () => {
    native = await importCompiled();
  });

  test('finds the features of this kernel', async () => {
    const features = await native.probeSeccomp();
    expect(features.userNotification).toBe(true);
    expect(features.notificationSizes).toBe(true);
    expect(features.listenerErrno).toBe(0);
    expect(features.addFd).toBe(true);
    expect(typeof features.syncWakeUp).toBe('boolean');
  });

  test('leaves no filter on this thread', async () => {
    await native.probeSeccomp();
    const status = readFileSync('/proc/thread-self/status', 'utf8');
    expect(status).toMatch(/^Seccomp_filters:\t0$/m);
    expect(status).toMatch(/^NoNewPrivs:\t0$/m);
  });

  test('leaves no descriptor behind', async () => {
    await native.probeSeccomp();
    const before = openDescriptors();
    await native.probeSeccomp();
    expect(openDescriptors()).toBe(before);
  });

  function openDescriptors(): number {
    let open = 0;
    for (let fd = 0; fd < 1000; fd++) {
      if (native.libc().fcntl(fd, 1, 0) >= 0) open++; // F_GETFD
    }
    return open;
  }
});
