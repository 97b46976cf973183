/** What uvfio may do to the programs it runs: read and write their memory, copy their eventfds. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readSmallFile } from '../native/proc-file.unsafe.js';
import { libc } from '../native/libc.unsafe.js';
import { NativeBuffer } from '../native/native-buffer.unsafe.js';
import type { Finding } from './finding.js';

/** Tries both on a process of its own. */
export async function processFindings(): Promise<Finding[]> {
  const child = spawn('sleep', ['10'], { stdio: 'ignore' });
  try {
    await once(child, 'spawn');
    const { pid } = child;
    return pid === undefined ? [] : [memoryFinding(pid), eventFdFinding(pid), ...ptraceFindings()];
  } finally {
    child.kill('SIGKILL');
  }
}

function memoryFinding(pid: number): Finding {
  const result = readFrom(pid);
  if (result > 0) {
    return { state: 'good', text: 'memory of programs can be read and written (process_vm_readv)' };
  }
  const text = `memory of programs can't be reached (process_vm_readv: errno ${-result})`;
  const fix =
    'in a container, add --cap-add=SYS_PTRACE, or allow process_vm_readv in its seccomp profile';
  return { state: 'broken', text, fix };
}

/** Reads a byte of what a process has mapped first. The number of bytes read, or −errno. */
function readFrom(pid: number): number {
  const maps = readSmallFile(`/proc/${pid}/maps`) ?? '';
  const start = Number.parseInt(/^([0-9a-f]+)-[0-9a-f]+ r/m.exec(maps)?.[1] ?? '0', 16);
  using memory = NativeBuffer.allocate(64);
  const { address, u64 } = memory;
  u64[0] = BigInt(address + 48);
  u64[1] = 1n;
  u64[2] = BigInt(start);
  u64[3] = 1n;
  return libc().processVmReadv(pid, address, 1, address + 16, 1);
}

function eventFdFinding(pid: number): Finding {
  const pidfd = libc().pidfdOpen(pid, 0);
  if (pidfd < 0) {
    const text = `pidfd_open fails (errno ${-pidfd})`;
    return { state: 'broken', text, fix: 'allow pidfd_open in the container’s seccomp profile' };
  }
  const copy = libc().pidfdGetfd(pidfd, 0);
  libc().close(pidfd);
  if (copy < 0) {
    const text = `descriptors of programs can't be copied (pidfd_getfd: errno ${-copy}): eventfds are made for them`;
    const fix =
      'nothing has to be done; with pidfd_getfd (--cap-add=SYS_PTRACE) dup of VFIO descriptors works too';
    return { state: 'limited', text, fix };
  }
  libc().close(copy);
  return { state: 'good', text: 'eventfds of programs can be copied (pidfd_getfd)' };
}

/** Yama, where the kernel has it; what it forbids has been tried already. */
function ptraceFindings(): Finding[] {
  const scope = readSmallFile('/proc/sys/kernel/yama/ptrace_scope')?.trim();
  if (scope === undefined) return [];
  const meaning: Readonly<Record<string, string>> = {
    '0': 'no restriction',
    '1': 'own descendants only, which is enough',
    '2': 'administrators only',
    '3': 'nobody',
  };
  return [{ state: 'note', text: `ptrace scope ${scope}: ${meaning[scope] ?? 'unknown'}` }];
}
