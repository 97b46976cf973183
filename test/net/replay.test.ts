import { describe, expect, test } from 'vitest';
import { TimerQueue } from '../../src/kernel/timers.js';
import { NetworkError } from '../../src/net/network-error.js';
import { Networks } from '../../src/net/networks.js';
import type { ReplayPace } from '../../src/net/replay.js';
import { memorySource } from './memory-capture.js';
import { pcap } from './pcap-file.js';
import { frameOf, place, station } from './station.js';

function replaying(bytes: Uint8Array, pace: ReplayPace = 'original') {
  const timers = new TimerQueue();
  const { log } = place();
  const texts: string[] = [];
  log.subscribe(({ text }) => texts.push(text));
  const networks = new Networks(
    { timers, log },
    [{ name: 'lan0', replay: { file: 'in.pcap', pace } }],
    { openCapture: () => memorySource(bytes, 7) },
  );
  const advanceTo = (ms: number): void => {
    while (timers.fireNext(ms));
  };
  return { networks, advanceTo, log: texts };
}

const three = [
  { at: [1000, 999_000] as [number, number], bytes: frameOf(1, 9, 'first') },
  { at: [1001, 500] as [number, number], bytes: frameOf(1, 9, 'second') },
  { at: [1001, 1000] as [number, number], bytes: frameOf(1, 9, 'third') },
];

describe('a replay', () => {
  test.each([true, false])(
    'keeps the times of the capture (little-endian: %s)',
    (isLittleEndian) => {
      const { networks, advanceTo } = replaying(pcap(three, { isLittleEndian }));
      const a = station(networks.port('a', 'lan0'), 1);
      advanceTo(1.4);
      expect(a.texts).toEqual(['first']);
      advanceTo(1.5);
      expect(a.texts).toEqual(['first', 'second']);
      advanceTo(2);
      expect(a.texts).toEqual(['first', 'second', 'third']);
    },
  );

  test('begins when there is somebody to take the first frame', () => {
    const { networks, advanceTo } = replaying(pcap(three));
    advanceTo(1000);
    const port = networks.port('late', 'lan0');
    let isReady = false;
    const times: number[] = [];
    port.attach({ canReceive: () => isReady, receive: () => times.push(0) > 0 });
    advanceTo(2000);
    expect(times).toHaveLength(0);
    isReady = true;
    port.readyToReceive();
    advanceTo(2003);
    expect(times).toHaveLength(3);
  });

  test('that is fast waits for nothing but the receiver, and loses nothing', () => {
    const frames = Array.from({ length: 500 }, (_, i) => ({
      at: [i, 0] as [number, number],
      bytes: frameOf(1, 9, `${i}`),
    }));
    const { networks, advanceTo } = replaying(pcap(frames), 'fast');
    const port = networks.port('slow', 'lan0');
    let room = 3;
    let received = 0;
    port.attach({
      canReceive: () => room > 0,
      receive: () => {
        room -= 1;
        received += 1;
        return room >= 0;
      },
    });
    for (let ms = 1; ms <= 1000 && received < 500; ms++) {
      room = 3;
      port.readyToReceive();
      advanceTo(ms);
    }
    expect(received).toBe(500);
    expect(port.statistics.dropped.refused).toBe(0);
  });

  test('fills up with zeros what the capture has only the beginning of', () => {
    const bytes = frameOf(1, 9, 'abc');
    const { networks, advanceTo, log } = replaying(pcap([{ at: [0, 0], bytes, length: 60 }]));
    const a = station(networks.port('a', 'lan0'), 1);
    advanceTo(1);
    expect(a.frames[0]).toEqual(Uint8Array.of(...bytes, ...new Uint8Array(60 - bytes.length)));
    expect(log).toContain(
      'lan0:replay=in.pcap: 1 frames were sent, 1 of them filled up with zeros',
    );
  });

  test('pads frames that are shorter than a wire has them, as captures of own packets are', () => {
    const frames = [13, 14, 42, 59, 60, 61].map((length) => new Uint8Array(length).fill(7));
    const capture = pcap(frames.map((bytes) => ({ at: [0, 0], bytes })));
    const { networks, advanceTo } = replaying(capture, 'fast');
    const { frames: received, port } = station(networks.port('a', 'lan0'), 1);
    advanceTo(1);
    expect(received.map(({ length }) => length)).toEqual([60, 60, 60, 60, 61]);
    expect(received[1]).toEqual(new Uint8Array(60).fill(7, 0, 42));
    expect(port.statistics.receivedFrames).toBe(5);
  });

  test('of a damaged capture sends what is whole, and says where it ended', () => {
    const bytes = pcap(three);
    const { networks, advanceTo, log } = replaying(bytes.subarray(0, bytes.length - 4), 'fast');
    const a = station(networks.port('a', 'lan0'), 1);
    advanceTo(1);
    expect(a.texts).toEqual(['first', 'second']);
    expect(log).toContain(
      'lan0:replay=in.pcap: it ends in the middle of a frame; 2 frames were sent',
    );
  });

  test.each([
    ['nothing', new Uint8Array(0), 'it is no capture'],
    ['some text', new TextEncoder().encode('hello, world'), 'it is no capture'],
    ['half a header', pcap([]).subarray(0, 10), 'it ends in the middle of a frame'],
    ['Wi-Fi', pcap([], { linkType: 105 }), 'its frames are not Ethernet (link type 105)'],
  ])('of %s is refused', (_, bytes, message) => {
    expect(() => replaying(bytes)).toThrow(NetworkError);
    expect(() => replaying(bytes)).toThrow(message);
  });
});

test('any bytes behind a right beginning are a capture or an error, and nothing else', () => {
  for (const start of [
    pcap([]),
    Uint8Array.of(10, 13, 13, 10, 28, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a),
  ]) {
    for (let seed = 0; seed < 300; seed++) {
      const bytes = new Uint8Array(start.length + 200);
      bytes.set(start);
      for (let i = start.length; i < bytes.length; i++)
        bytes[i] = (seed * 31 + i * (seed % 7)) & 63;
      try {
        const { networks, advanceTo } = replaying(bytes, 'fast');
        station(networks.port('a', 'lan0'), 1);
        advanceTo(1);
      } catch (error) {
        expect(error).toBeInstanceOf(NetworkError);
      }
    }
  }
});
