/** What happens to devices of a machine, from its channels into a recording. */
import type { DmaAccess, Diagnostics } from '../kernel/diagnostics.js';
import type { LogEntry } from '../kernel/log.js';
import type { Recorder } from './recorder.js';

/** Records the events from now on. Returns what ends it. */
export function recordDevices(recorder: Recorder, channels: Diagnostics): () => void {
  const ends = [
    channels.dma.subscribe((access) => writeDma(recorder, access)),
    channels.iommuFault.subscribe(({ device, iova, isWrite, reason }) =>
      recorder.write('iommuFault', { device: device.name, iova, isWrite, reason }),
    ),
    channels.interrupt.subscribe(({ device, kind, vector, stage, reason }) =>
      recorder.write('interrupt', {
        device: device.name,
        interrupt: kind,
        vector,
        stage,
        reason: reason ?? '',
      }),
    ),
    channels.interruptArmed.subscribe(({ device, index, vector, isArmed }) =>
      recorder.write('armed', { device: device.name, index, vector, isArmed }),
    ),
    channels.register.subscribe(({ device, value, ...access }) =>
      recorder.write('register', { device: device.name, ...access, value: BigInt(value) }),
    ),
    channels.mapping.subscribe(({ change, domain, memory, ...mapping }) =>
      recorder.write('mapping', {
        ...mapping,
        isAdded: change === 'added',
        domain: recorder.domains.of(domain),
        memory: recorder.memories.of(memory),
      }),
    ),
    channels.lockedMemory.subscribe(({ memory, lockedPages, limitPages }) =>
      recorder.write('locked', {
        memory: recorder.memories.of(memory),
        pages: lockedPages,
        limit: limitPages,
      }),
    ),
    channels.reset.subscribe(({ device, cause }) =>
      recorder.write('reset', { device: device.name, cause }),
    ),
    channels.command.subscribe(({ device, command }) =>
      recorder.write('command', { device: device.name, command }),
    ),
    channels.session.subscribe(({ device, stage, wasReset }) =>
      recorder.write('session', { device: device.name, stage, wasReset: wasReset === true }),
    ),
    channels.unmodelled.subscribe(({ device, bar, offset, size, value }) =>
      recorder.write('unmodelled', {
        device: device.name,
        bar,
        offset,
        size,
        isWrite: value !== undefined,
        value: BigInt(value ?? 0),
      }),
    ),
    channels.activity.subscribe(({ device, text }) =>
      recorder.write('activity', { device: device.name, text }),
    ),
  ];
  return () => {
    for (const end of ends) end();
  };
}

/** An entry of the kernel log. */
export function recordLog(recorder: Recorder, { level, text }: LogEntry): void {
  if (recorder.hasLog) recorder.write('log', { level, text });
}

/** What was read or written by DMA, a full recording has with the memory that it came from or went to. */
function writeDma(recorder: Recorder, access: DmaAccess): void {
  const { device, domain, iova, bytes, isWrite, fault } = access;
  recorder.write('dma', {
    device: device.name,
    domain: domain === undefined ? 0 : recorder.domains.of(domain),
    iova,
    length: bytes.length,
    isWrite,
    fault: fault ?? '',
    bytes: fault === undefined ? bytes.subarray(0, DMA_BYTES) : NO_BYTES,
  });
}

const DMA_BYTES = 16;
const NO_BYTES = new Uint8Array(0);
