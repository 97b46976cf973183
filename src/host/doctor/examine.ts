/** Finds out what this computer can do for uvfio, and tries it. */
import { hasEnoughDescriptors } from '../enough-descriptors.js';
import { unsupportedPlatformReason } from '../native/platform.js';
import { probeSeccomp } from '../native/seccomp-probe.unsafe.js';
import { runProgram } from '../run-program.js';
import { compatFindings } from './compat-check.js';
import { type Finding, canRun } from './finding.js';
import { kernelFinding, seccompFindings } from './kernel-checks.js';
import { processFindings } from './process-checks.unsafe.js';
import {
  clientFinding,
  descriptorFinding,
  fileSizeFindings,
  memlockFinding,
  nodeFinding,
  roomFinding,
} from './resource-checks.js';

/** Everything there is to say, most important first. */
export async function examine(): Promise<Finding[]> {
  const reason = unsupportedPlatformReason();
  if (reason !== undefined) {
    const fix = 'machines in the same process (`new Machine()`) work everywhere';
    return [{ state: 'broken', text: reason, fix }];
  }
  // With fewer, not even what follows can be tried.
  if (!hasEnoughDescriptors()) return [kernelFinding(), nodeFinding(), descriptorFinding()];
  const findings = [
    kernelFinding(),
    nodeFinding(),
    ...seccompFindings(await probeSeccomp()),
    ...(await processFindings()),
    ...compatFindings(),
    roomFinding(),
    descriptorFinding(),
    ...fileSizeFindings(),
    memlockFinding(),
    clientFinding(),
  ];
  return canRun(findings) ? [...findings, await trial()] : findings;
}

/** Runs a program that looks into `/dev/vfio`. */
async function trial(): Promise<Finding> {
  const file = 'test';
  try {
    const machine = { machine: 'default', devices: [] };
    const { code } = await runProgram({ machine, file, args: ['-c', '/dev/vfio/vfio'] });
    if (code === 0) return { state: 'good', text: 'a program was run, and saw /dev/vfio/vfio' };
    return unexplained(`a program was run, but did not see /dev/vfio/vfio (status ${code})`);
  } catch (error) {
    return unexplained(`a program can't be run: ${error instanceof Error ? error.message : error}`);
  }
}

function unexplained(text: string): Finding {
  return { state: 'broken', text, fix: 'please report it, with what stands above' };
}
