// A device that could have been reset, and that nobody has.
import { expect, test } from 'vitest';
import { Report } from '../../src/inspector/report/report.js';
import { newCall, type SessionCall } from '../../src/inspector/session-call.js';
import type { SessionEvent } from '../../src/inspector/session-event.js';
import { DeviceInfo, VFIO_DEVICE_FLAGS_RESET, VFIO_DEVICE_GET_INFO } from '../../src/uapi/vfio.js';

const device = '0000:00:03.0';
const file = { number: 1, label: 'anon_inode:[vfio-device]', device, isSpapr: false };

function getInfo(flags: number): SessionCall {
  const bytes = new Uint8Array(DeviceInfo.size);
  new DataView(bytes.buffer).setUint32(4, flags, true);
  const output = { memory: 1, address: 0x1000, length: bytes.length, isOk: true, bytes };
  return {
    ...newCall('ioctl', 0),
    file,
    entered: {
      kind: 'ioctl',
      task: 1,
      file: 1,
      command: VFIO_DEVICE_GET_INFO,
      argument: 0x1000,
      isCompat: false,
    },
    writes: [{ kind: 'userWrite', ...output, rest: 0 }],
  };
}

const dma: SessionEvent = {
  kind: 'dma',
  device,
  domain: 1,
  iova: 0n,
  length: 16,
  isWrite: true,
  fault: '',
  bytes: new Uint8Array(0),
};
const reset: SessionEvent = { kind: 'reset', device, cause: 'flr' };

function closed(wasReset: boolean): SessionCall {
  const event: SessionEvent = { kind: 'session', device, stage: 'closed', wasReset };
  return { ...newCall('release', 1), file, events: [event] };
}

function kindsAfter(flags: number, wasReset: boolean, ...events: SessionEvent[]): string[] {
  const report = new Report();
  report.call(getInfo(flags));
  for (const event of events) report.event(event, 1);
  report.call(closed(wasReset));
  return report.findings({ wasKilled: true }).map(({ kind }) => kind);
}

test('is found', () => {
  expect(kindsAfter(VFIO_DEVICE_FLAGS_RESET, false, dma)).toEqual(['never-reset']);
});

test('is not found when the program or the kernel has reset it, or it cannot be', () => {
  expect(kindsAfter(VFIO_DEVICE_FLAGS_RESET, false, dma, reset)).toEqual([]);
  expect(kindsAfter(VFIO_DEVICE_FLAGS_RESET, true, dma)).toEqual([]);
  expect(kindsAfter(0, false, dma)).toEqual([]);
});
