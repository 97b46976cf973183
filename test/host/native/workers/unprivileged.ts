// Run by launcher.test.ts as nobody: a program under a filter, its memory and its descriptors, without any privilege.
// Prints what the server managed to do as JSON. The "server" is this very thread, between two turns of the event loop.

import {
  architecture,
  BpfAssembler,
  Launcher,
  libc,
  linux,
  NotificationListener,
  Poller,
  ProcessMemory,
  SECCOMP_RET_ALLOW,
  SECCOMP_RET_USER_NOTIF,
  seccompData,
} from '../../../../src/host/native/index.js';

const { syscalls } = architecture;
const filter = new BpfAssembler()
  .load(seccompData.nr)
  .jumpIf('eq', syscalls.openat, 'notify')
  .return(SECCOMP_RET_ALLOW)
  .label('notify')
  .return(SECCOMP_RET_USER_NOTIF)
  .assemble();

const launcher = await Launcher.prepare(filter);
const listener = new NotificationListener(launcher.filter.listenerFd);
const memory = new ProcessMemory();
const poller = new Poller();
const slot = poller.add(listener.fd);
const paths: string[] = [];
let pidfdGetfd = -1;
let injected = -1;

const serving = setInterval(() => {
  while (poller.wait(500) > 0 && (poller.ready(slot) & linux.POLLIN) !== 0) {
    if (listener.receive() === 0) answer();
  }
}, 1);
const { exited } = await launcher.spawn({
  file: '/bin/cat',
  args: ['/magic/file'],
  env: { PATH: '/usr/bin:/bin' },
});
const exit = await exited;
clearInterval(serving);
listener.close();
await launcher.close();
console.log(
  JSON.stringify({ uid: process.getuid?.(), exit, magic: paths.length, pidfdGetfd, injected }),
);

function answer(): void {
  const path = memory.readCString(listener.tid, listener.argument(1));
  if (path !== '/magic/file') {
    listener.continue();
    return;
  }
  paths.push(path);
  const pidfd = libc().pidfdOpen(listener.tid, 0);
  const copy = libc().pidfdGetfd(pidfd, 1);
  pidfdGetfd = Math.min(copy, 0);
  const file = libc().memfdCreate('magic', linux.MFD_CLOEXEC);
  injected = listener.addFd(file, { newFd: 700, send: true });
  libc().close(file);
  libc().close(copy);
  libc().close(pidfd);
}
