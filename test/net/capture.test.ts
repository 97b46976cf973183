import { describe, expect, test } from 'vitest';
import { TimerQueue } from '../../src/kernel/timers.js';
import { Capture, type CaptureOptions } from '../../src/net/capture.js';
import { type ReadFrame, readCapture } from '../../src/net/capture-reader.js';
import { Network } from '../../src/net/network.js';
import { memoryCapture, memorySource } from './memory-capture.js';
import { frameOf, station } from './station.js';

function captured(options: CaptureOptions = { file: 'lan0.pcap' }) {
  const timers = new TimerQueue();
  const errors: string[] = [];
  const notice = (text: string): number => errors.push(text);
  const file = memoryCapture();
  const network = new Network({ name: 'lan0' }, timers);
  // Seven milliseconds into a second, long after 1970.
  const wallClockMs = (): number => 1_795_388_367_007 + timers.nowMs;
  const capture = new Capture(network, file, options, { timers, wallClockMs, notice });
  const a = station(network.join('a'), 1);
  const b = station(network.join('b'), 2);
  return { timers, errors, file, network, capture, a, b };
}

function read(bytes: Uint8Array): { timeNs: bigint; bytes: Uint8Array; originalLength: number }[] {
  const reader = readCapture(memorySource(bytes));
  const frames = [];
  for (let frame: ReadFrame | undefined = reader.next(); frame; frame = reader.next()) {
    frames.push({ ...frame, bytes: frame.bytes.slice() });
  }
  return frames;
}

describe.each(['lan0.pcap', 'lan0.pcapng'])('a capture in %s', (file) => {
  test('has every frame, with its time to the nanosecond, in the order of sending', () => {
    const { timers, capture, file: written, a, b } = captured({ file });
    a.sendTo(2, 'one');
    timers.fireNext(2.000_001);
    b.sendTo(1, 'two');
    capture.close();
    const frames = read(written.bytes);
    expect(frames.map(({ timeNs }) => timeNs)).toEqual([
      1_795_388_367_007_000_000n,
      1_795_388_367_009_000_001n,
    ]);
    expect(frames.map(({ bytes }) => bytes)).toEqual([frameOf(2, 1, 'one'), frameOf(1, 2, 'two')]);
    expect(written.isClosed).toBe(true);
  });

  test('keeps the beginning of frames that are longer than it is told to, and their length', () => {
    const { capture, file: written, a } = captured({ file, snapLength: 20 });
    a.sendTo(2, 'a rather long text');
    capture.close();
    const [frame] = read(written.bytes);
    expect(frame).toMatchObject({ originalLength: 32, bytes: frameOf(2, 1, 'a rath') });
  });

  test('can be read while it is written, from a tenth of a second after a frame on', () => {
    const { timers, file: written, a } = captured({ file });
    a.sendTo(2, 'early');
    while (timers.fireNext(100));
    expect(read(written.bytes)).toHaveLength(1);
  });

  test('that can not be written any more says so once, and counts what is missing', () => {
    const { timers, errors, file: written, capture, a } = captured({ file });
    a.sendTo(2, 'kept');
    capture.flush();
    written.isFull = true;
    a.sendTo(2, 'lost');
    while (timers.fireNext(200));
    a.sendTo(2, 'lost too');
    expect(errors).toEqual([
      `network lan0: capture ${file}: no space left; no more frames are captured`,
    ]);
    capture.close();
    expect(errors[1]).toBe(`network lan0: capture ${file}: has 1 frames; 2 are missing`);
    expect(read(written.bytes)).toHaveLength(1);
  });
});

test('frames that the network drops are in the capture, those that had no link are not', () => {
  const { capture, file, network, a } = captured();
  a.port.send(new Uint8Array(10));
  network.setLink(false);
  a.sendTo(2, 'nowhere');
  capture.close();
  expect(read(file.bytes).map(({ bytes }) => bytes.length)).toEqual([10]);
});

test('more than the buffer holds is written in pieces', () => {
  const { capture, file, a } = captured();
  for (let i = 0; i < 200; i++) a.sendTo(2, `${i} ${'x'.repeat(1000)}`);
  capture.close();
  expect(read(file.bytes)).toHaveLength(200);
  expect(capture.writtenFrames).toBe(200);
});
