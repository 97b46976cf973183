/** Whether the kernel runs 32-bit programs: it is given the smallest there is. Kernels built without
 * IA32 emulation, or started with `ia32_emulation=off`, do not, and no kernel does on some hypervisors. */
import { spawnSync } from 'node:child_process';
import { closeSync } from 'node:fs';
import { bytes, struct, u16, u32 } from '../../uapi/struct.js';
import { memoryFile } from '../memory-file.js';
import type { Finding } from './finding.js';

/** What became of the program. */
export type CompatAnswer = 'runs' | 'calls are refused' | 'does not start' | 'unknown';

export function compatFindings(answer = tryProgram()): Finding[] {
  if (answer === 'unknown') return [];
  if (answer === 'runs') return [{ state: 'good', text: 'the kernel runs 32-bit programs too' }];
  const text = `32-bit programs can’t be run, with uvfio or without: ${
    answer === 'does not start' ? 'the kernel refuses them' : 'their system calls are refused'
  }`;
  const fix =
    'use a kernel with CONFIG_IA32_EMULATION and without ia32_emulation=off; some hypervisors do not let it, QEMU does';
  return [{ state: 'limited', text, fix }];
}

const EXIT_STATUS = 42;

/** Starts it from memory: there may be no folder that programs can be started from. */
function tryProgram(): CompatAnswer {
  const fd = memoryFile('uvfio-32-bit-program', smallestProgram());
  if (fd < 0) return 'unknown';
  // The child opens it by its own copy of the descriptor.
  const { error, signal, status } = spawnSync(`/proc/self/fd/${fd}`, { stdio: 'ignore' });
  closeSync(fd);
  if (status === EXIT_STATUS) return 'runs';
  if (signal !== null) return 'calls are refused';
  // A C library gives to a shell what the kernel does not know: then there is a status, and no error.
  const isRefused = error === undefined || (error as NodeJS.ErrnoException).code === 'ENOEXEC';
  return isRefused ? 'does not start' : 'unknown';
}

/** What such files begin with: System V ABI, chapter 4, with the values of its Intel386 supplement. */
const Elf32 = struct({
  identification: bytes(16),
  ...{ type: u16, machine: u16, version: u32, entry: u32 },
  ...{ programHeaders: u32, sectionHeaders: u32, flags: u32 },
  ...{ headerSize: u16, programHeaderSize: u16, programHeaderCount: u16 },
  ...{ sectionHeaderSize: u16, sectionHeaderCount: u16, sectionNames: u16 },
});
const Elf32Segment = struct({
  ...{ type: u32, offset: u32, address: u32, physicalAddress: u32 },
  ...{ sizeInFile: u32, sizeInMemory: u32, flags: u32, alignment: u32 },
});
const [ELFCLASS32, ELFDATA2LSB, EV_CURRENT] = [1, 1, 1];
const [ET_EXEC, EM_386, PT_LOAD, PF_X, PF_R] = [2, 3, 1, 1, 4];
const LOAD_ADDRESS = 0x0804_8000;

/** One segment of a header, that of the segment, and code; no sections. */
function smallestProgram(): Uint8Array {
  const code = [
    ...[0xb8, 1, 0, 0, 0], // mov $1, %eax: exit
    ...[0xbb, EXIT_STATUS, 0, 0, 0], // mov $42, %ebx
    ...[0xcd, 0x80], // int $0x80
    0xf4, // hlt: a signal ends the program if it comes here
  ];
  const codeOffset = Elf32.size + Elf32Segment.size;
  const size = codeOffset + code.length;
  const file = new Uint8Array(size);
  const view = new DataView(file.buffer);
  file.set([0x7f, ...Buffer.from('ELF'), ELFCLASS32, ELFDATA2LSB, EV_CURRENT]);
  Elf32.encode(view, {
    ...{ type: ET_EXEC, machine: EM_386, version: EV_CURRENT, entry: LOAD_ADDRESS + codeOffset },
    ...{ headerSize: Elf32.size, programHeaders: Elf32.size },
    ...{ programHeaderSize: Elf32Segment.size, programHeaderCount: 1 },
  });
  const segment = { type: PT_LOAD, address: LOAD_ADDRESS, flags: PF_R | PF_X, alignment: 4096 };
  Elf32Segment.encode(view, { ...segment, sizeInFile: size, sizeInMemory: size }, Elf32.size);
  file.set(code, codeOffset);
  return file;
}
