// DMA that went wrong, and what of it the program is to blame for.
import { describe, expect, test } from 'vitest';
import { DmaFindings } from '../../src/inspector/report/dma-findings.js';
import { newCall, type SessionCall } from '../../src/inspector/session-call.js';
import type { SessionEvent } from '../../src/inspector/session-event.js';

const PROGRAM = 100;
const base = { device: '0000:00:03.0', domain: 1, bytes: new Uint8Array(0) };

function dma(fault: string): SessionEvent {
  return { ...base, kind: 'dma', iova: 0x1000n, length: 64, isWrite: false, fault };
}

const mapping: SessionEvent = {
  kind: 'mapping',
  isAdded: true,
  domain: 1,
  memory: 1,
  iova: 0x1000n,
  size: 0x1000,
  address: 0,
  isReadable: true,
  isWritable: true,
};

function call(name: string, us: number, pid = PROGRAM): SessionCall {
  return { ...newCall(name, us), pid, tid: pid };
}

/** Findings after a fault at 1 s, in memory that the program has mapped, and what came then. */
function kindsAfter(fault: string, ...calls: SessionCall[]): string[] {
  const findings = new DmaFindings();
  findings.event(mapping, 0, call('ioctl', 0));
  findings.event(dma(fault), 1_000_000, undefined);
  for (const next of calls) findings.call(next);
  return findings.findings().map(({ kind }) => kind);
}

describe('memory that is gone', () => {
  test('is the fault of a program that goes on', () => {
    expect(kindsAfter('memory gone', call('ioctl', 1_000_010))).toEqual(['memory-gone']);
  });

  test('is the fault of one that waits, and ends some time later', () => {
    expect(kindsAfter('memory gone', call('release', 3_000_000, 0))).toEqual(['memory-gone']);
  });

  test('is none of a program that ended: the kernel would have kept its memory until then', () => {
    expect(kindsAfter('memory gone', call('release', 1_002_000, 0))).toEqual([]);
  });

  test('is none either when other programs go on', () => {
    const others = call('ioctl', 1_001_000, PROGRAM + 1);
    expect(kindsAfter('memory gone', others, call('release', 1_002_000, 0))).toEqual([]);
  });
});

test.each(['injected', 'bus master off', ''])("nothing is said here of '%s'", (fault) => {
  expect(kindsAfter(fault, call('ioctl', 1_000_010))).toEqual([]);
});
