// Whatever happens to a network: no frame is invented, and none is lost that was not counted.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TimerQueue } from '../../src/kernel/timers.js';
import { Network } from '../../src/net/network.js';
import type { NetworkOptions } from '../../src/net/network-options.js';
import type { Port } from '../../src/net/port.js';

type Step =
  | { readonly type: 'send'; readonly port: number; readonly to: number; readonly length: number }
  | { readonly type: 'advance'; readonly ms: number }
  | { readonly type: 'carrier'; readonly port: number; readonly isOn: boolean }
  | { readonly type: 'accept'; readonly port: number; readonly isOn: boolean }
  | { readonly type: 'join' }
  | { readonly type: 'leave'; readonly port: number };

const port = fc.nat({ max: 5 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('send' as const),
      port,
      to: fc.nat({ max: 7 }),
      length: fc.constantFrom(4, 18, 60, 1514, 1532, 1600),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('advance' as const),
      ms: fc.constantFrom(0, 0.01, 1, 20),
    }),
  },
  fc.record({ type: fc.constant('carrier' as const), port, isOn: fc.boolean() }),
  fc.record({ type: fc.constant('accept' as const), port, isOn: fc.boolean() }),
  fc.record({ type: fc.constant('join' as const) }),
  fc.record({ type: fc.constant('leave' as const), port }),
);

const sometimes = fc.constantFrom(0, 0, 0.3);
const options: fc.Arbitrary<NetworkOptions> = fc.record(
  {
    name: fc.constant('lan0'),
    bandwidthBps: fc.constantFrom(1e5, 1e8),
    latencyMs: fc.constantFrom(0, 2),
    jitterMs: fc.constantFrom(0, 1),
    loss: sometimes,
    duplication: sometimes,
    reordering: sometimes,
    seed: fc.nat({ max: 3 }),
    mtu: fc.constant(1500),
  },
  { requiredKeys: ['name'] },
);

test('sent + duplicated + flooded = received + dropped + in flight, after every step', () => {
  fc.assert(
    fc.property(options, fc.array(step, { maxLength: 60 }), (network, steps) => {
      const scene = new Scene(network);
      for (const next of steps) {
        scene.run(next);
        const { sentFrames, duplicatedFrames, floodedFrames, ...ends } = scene.network.totals;
        expect(ends.receivedFrames + ends.droppedFrames + ends.inFlightFrames).toBe(
          sentFrames + duplicatedFrames + floodedFrames,
        );
      }
    }),
  );
});

test('who receives a frame did not send it, and nobody gets it more often than it was sent and doubled', () => {
  fc.assert(
    fc.property(options, fc.array(step, { maxLength: 60 }), (network, steps) => {
      const scene = new Scene(network);
      for (const next of [...steps, { type: 'advance', ms: 100_000 } as const]) scene.run(next);
      const copies = (network.duplication ?? 0) > 0 ? 2 : 1;
      for (const [frame, receivers] of scene.receivers) {
        const sender = scene.senders.get(frame);
        expect(sender).toBeDefined();
        expect(receivers).not.toContain(sender);
        for (const who of receivers) {
          expect(receivers.filter((other) => other === who).length).toBeLessThanOrEqual(copies);
        }
      }
      expect(scene.network.totals.inFlightFrames).toBe(0);
    }),
  );
});

test('the same steps on the same network end the same', () => {
  fc.assert(
    fc.property(options, fc.array(step, { maxLength: 60 }), (network, steps) => {
      const [one, two] = [new Scene(network), new Scene(network)];
      for (const next of steps) {
        one.run(next);
        two.run(next);
      }
      expect(two.receivers).toEqual(one.receivers);
      expect(two.network.totals).toEqual(one.network.totals);
    }),
  );
});

/** A network with stations on it, each frame of which is known by a number. */
class Scene {
  readonly network: Network;
  /** Who sent a frame, and who received it, by the frame's number. */
  readonly senders = new Map<number, number>();
  readonly receivers = new Map<number, number[]>();
  readonly #timers = new TimerQueue();
  readonly #ports: { port: Port; accepts: boolean }[] = [];
  #frames = 0;

  constructor(options: NetworkOptions) {
    this.network = new Network(options, this.#timers);
    this.run({ type: 'join' });
    this.run({ type: 'join' });
  }

  run(step: Step): void {
    if (step.type === 'advance') while (this.#timers.fireNext(this.#timers.nowMs + step.ms / 2));
    else if (step.type === 'join') this.#join();
    else {
      const index = step.port % this.#ports.length;
      const member = this.#ports[index];
      if (member === undefined) return;
      if (step.type === 'carrier') member.port.setCarrier(step.isOn);
      else if (step.type === 'accept') member.accepts = step.isOn;
      else if (step.type === 'leave') member.port.close();
      else this.#send(index, member.port, step);
    }
  }

  #join(): void {
    if (this.#ports.length > 5) return;
    const index = this.#ports.length;
    const member = { port: this.network.join(`p${index}`), accepts: true };
    member.port.attach({
      receive: (frame) => {
        if (!member.accepts) return false;
        const number = new DataView(frame.buffer, frame.byteOffset).getUint32(14);
        this.receivers.set(number, [...(this.receivers.get(number) ?? []), index]);
        return true;
      },
    });
    this.#ports.push(member);
  }

  #send(index: number, port: Port, { to, length }: { to: number; length: number }): void {
    const frame = new Uint8Array(length);
    const number = ++this.#frames;
    if (length >= 18) {
      frame.set(to === 7 ? [255, 255, 255, 255, 255, 255] : [2, 0, 0, 0, 0, to]);
      frame.set([2, 0, 0, 0, 0, index], 6);
      new DataView(frame.buffer).setUint32(14, number);
    }
    this.senders.set(number, index);
    port.send(frame);
    port.flush();
    // The network has to have its own copy by now.
    frame.fill(0xee);
  }
}
