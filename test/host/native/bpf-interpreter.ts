// Runs a classic BPF program as the kernel would, for the tests of the assembler.

import type { BpfProgram } from '../../../src/host/native/bpf.js';

export interface SeccompData {
  readonly nr: number;
  readonly arch?: number;
  readonly args?: readonly bigint[];
}

export interface BpfRun {
  readonly action: number;
  /** Instructions executed. */
  readonly steps: number;
}

export function runBpf(program: BpfProgram, { nr, arch = 0, args = [] }: SeccompData): BpfRun {
  const data = new DataView(new ArrayBuffer(64));
  data.setInt32(0, nr, true);
  data.setUint32(4, arch, true);
  for (const [index, value] of args.entries()) {
    data.setBigUint64(16 + 8 * index, BigInt.asUintN(64, value), true);
  }
  const code = new DataView(program.bytes.buffer);
  let accumulator = 0;
  for (let pc = 0, steps = 1; ; pc++, steps++) {
    const at = pc * 8;
    const k = code.getUint32(at + 4, true);
    const branch = (taken: boolean): void => {
      pc += code.getUint8(at + (taken ? 2 : 3));
    };
    switch (code.getUint16(at, true)) {
      case 0x20:
        accumulator = data.getUint32(k, true);
        break;
      case 0x54:
        accumulator = (accumulator & k) >>> 0;
        break;
      case 0x05:
        pc += k;
        break;
      case 0x15:
        branch(accumulator === k);
        break;
      case 0x25:
        branch(accumulator > k);
        break;
      case 0x35:
        branch(accumulator >= k);
        break;
      case 0x45:
        branch((accumulator & k) !== 0);
        break;
      case 0x06:
        return { action: k, steps };
      default:
        throw new Error(`instruction ${pc} has an unknown code`);
    }
  }
}
