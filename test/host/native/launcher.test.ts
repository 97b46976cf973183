// A program under a filter that its parent's thread installed, served by another thread: seccomp_unotify(2)

import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { compiledUrl, importCompiled, type Native } from './compiled.js';
import { describeNative, hasCompiler, isRoot } from './platform-condition.js';
import { injectedFd, runSession, startServing, testFilter } from './session.js';

describeNative('a launched program', () => {
  let native: Native;
  beforeAll(async () => {
    native = await importCompiled();
  });

  test('runs, and its exit code comes back', async () => {
    const { exit, output, pid } = await runSession(native, 'echo hello; exit 3');
    expect(output).toBe('hello\n');
    expect(exit).toEqual({ code: 3, signal: null });
    expect(pid).toBeGreaterThan(1);
  });

  test('reports the signal that killed it', async () => {
    const { exit } = await runSession(native, 'kill -KILL $$');
    expect(exit).toEqual({ code: null, signal: 'SIGKILL' });
  });

  test('opens a magic path and reads the injected file', async () => {
    const { output, paths } = await runSession(native, 'cat /magic/file');
    expect(output).toBe('from the other side\n');
    expect(paths).toContain('/magic/file');
  });

  test('sees the injected file at the number the server chose', async () => {
    const { output } = await runSession(native, 'exec 5< /magic/file; readlink /proc/self/fd/5');
    expect(output).toMatch(/^\/memfd:magic/);
  });

  test('gets the errno the server answers', async () => {
    const { output } = await runSession(native, 'cat /magic/denied');
    expect(output).toMatch(/Permission denied/);
  });

  test('opens everything else by itself', async () => {
    const { output, paths } = await runSession(native, 'cat /proc/self/comm; cat /nonexistent');
    expect(output).toMatch(/^cat\n.*No such file/);
    expect(paths).toContain('/proc/self/comm');
  });

  test('starts with the soft descriptor limit asked for, ours stays', async () => {
    const before = native.descriptorLimit();
    const { output } = await runSession(native, 'ulimit -Sn; ulimit -Hn', {
      softDescriptorLimit: 1234,
    });
    expect(output).toBe(`1234\n${before.hard}\n`);
    expect(native.descriptorLimit()).toEqual(before);
  });

  test('starts with nothing of ours: descriptors, blocked or ignored signals', async () => {
    const command = 'ls /proc/self/fd; grep -E "^Sig(Blk|Ign)" /proc/self/status';
    const lines = (await runSession(native, command)).output.trim().split('\n');
    const { F_GETFD, FD_CLOEXEC } = native.linux;
    const inherited = lines.filter((line) => Number(line) > 3); // 3 is ls reading the directory
    for (const fd of inherited) {
      expect(native.libc().fcntl(Number(fd), F_GETFD, 0) & FD_CLOEXEC).toBe(0); // came from our own parent
    }
    expect(lines).toContain('SigBlk:\t0000000000000000');
    expect(lines).toContain('SigIgn:\t0000000000000000');
  });

  test('gets the descriptors it is to have, under their numbers', async () => {
    const event = native.EventFd.create();
    const command = `readlink /proc/self/fd/${event.fd}`;
    expect((await runSession(native, command)).output).toBe('');
    const { output } = await runSession(native, command, { descriptors: [event.fd] });
    expect(output).toBe('anon_inode:[eventfd]\n');
    expect(native.libc().fcntl(event.fd, native.linux.F_GETFD, 0)).toBe(native.linux.FD_CLOEXEC);
    event.close();
  });

  test('leaves the other threads of this process unfiltered', async () => {
    const { paths } = await runSession(native, 'true');
    expect(paths).not.toContain('/magic/elsewhere');
    expect(native.libc().openat(-100, '/magic/elsewhere', 0)).toBe(-native.linux.ENOENT);
  });

  test('passes on a close of the injected file, even by SIGKILL', async () => {
    const { releases } = await runSession(native, 'exec 5<> /magic/file; kill -KILL $$');
    expect(releases).toBe(1);
  });

  test('that does not exist is a SpawnError with its code, and nothing hangs', async () => {
    const run = runSession(native, '', { file: '/nonexistent/program' });
    await expect(run).rejects.toMatchObject({ name: 'SpawnError', code: 'ENOENT' });
  });

  test('that may not be executed is EACCES', async () => {
    const run = runSession(native, '', { file: '/etc/passwd' });
    await expect(run).rejects.toMatchObject({ code: 'EACCES' });
  });

  test('may be given up before it is started', async () => {
    const launcher = await native.Launcher.prepare(testFilter(native));
    await launcher.close();
    native.libc().close(launcher.filter.listenerFd);
  });

  test('ends the listener when it and its launcher are gone: POLLHUP', async () => {
    const launcher = await native.Launcher.prepare(testFilter(native));
    const serving = await startServing(native, launcher.filter.listenerFd);
    await launcher.close();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await serving.stop()).hangUp).toBe(true);
  });

  test('outlives its server: what was notified is ENOSYS, the rest goes on', async () => {
    const launcher = await native.Launcher.prepare(testFilter(native));
    const serving = await startServing(native, launcher.filter.listenerFd);
    const script = 'exec 2>&-; kill -STOP $$; { read line < /dev/null; } || exit 9';
    const { pid, exited } = await launcher.spawn({
      file: '/bin/sh',
      args: ['-c', script],
      env: {},
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    await serving.stop();
    native.libc().kill(pid, 18); // SIGCONT
    expect(await exited).toEqual({ code: 9, signal: null });
    await launcher.close();
  });

  test.skipIf(!isRoot)(
    'needs no privilege: injection, memory and pidfd_getfd work as nobody',
    () => {
      const script = fileURLToPath(compiledUrl('test/host/native/workers/unprivileged.js'));
      const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups', '--no-new-privs'];
      const run = spawnSync('setpriv', [...nobody, process.execPath, script], { encoding: 'utf8' });
      expect(JSON.parse(run.stdout)).toEqual({
        uid: 65534,
        exit: { code: 0, signal: null },
        magic: 1,
        pidfdGetfd: 0,
        injected: 700,
      });
    },
  );

  test.skipIf(!hasCompiler)(
    'gets values from ioctl, at once or later, with 64-bit arguments',
    async () => {
      const program = compile(`
      #include <sys/ioctl.h>
      #include <fcntl.h>
      #include <stdio.h>
      int main(void) {
        int fd = open("/magic/file", O_RDWR);
        printf("%d ", fd);
        printf("%d ", ioctl(fd, 0x3b64, 41));
        printf("%d ", ioctl(fd, 0x3b65, -4096L));
        printf("%d ", ioctl(fd, 0x3b66, 0x7fff12345678));
        printf("%d ", ioctl(fd, 0x3bff, 0));
        printf("%d\\n", ioctl(fd, 0x3a64, 0));
        return 0;
      }`);
      const { output, ioctls } = await runSession(native, program, { softDescriptorLimit: 1024 });
      expect(output).toBe(`${injectedFd} 42 -1 ${0x12345679} 7 -1\n`);
      expect(ioctls).toEqual([
        [injectedFd, 0x3b64, 41],
        [injectedFd, 0x3b65, -4096],
        [injectedFd, 0x3b66, 0x7fff12345678],
        [injectedFd, 0x3bff, 0],
      ]);
    },
  );
});

function compile(source: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'uvfio-client-'));
  writeFileSync(join(directory, 'client.c'), source);
  const program = join(directory, 'client');
  const { status, stderr } = spawnSync('cc', ['-o', program, join(directory, 'client.c')]);
  if (status !== 0) throw new Error(String(stderr));
  return program;
}
