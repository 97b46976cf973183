import { describe, expect, test } from 'vitest';
import type { DeviceModelFactory } from '../../src/device.js';
import { Machine } from '../../src/machine.js';
import type { NetworkDescription } from '../../src/machine/network-description.js';
import { withAdditions } from '../../src/machine/additions.js';
import { MachinePlan } from '../../src/machine/machine-plan.js';

/** A device that does nothing but be plugged in. */
const nic: DeviceModelFactory = {
  summary: 'plugged in',
  options: { net: 'its network' },
  describe: ({ net }) => ({
    model: 'nic',
    identity: { vendor: 0x1234, device: 1, class: 0x020000 },
    create: (context) => {
      context.networkPort(net).attach({ receive: () => true });
      return { read: () => 0, write: () => undefined, reset: () => undefined };
    },
  }),
};

const machine = (network: Omit<NetworkDescription, 'name'>): Machine =>
  new Machine({
    networks: [{ name: 'lan0', ...network }],
    devices: [
      { model: nic, net: 'lan0' },
      { model: nic, net: 'lan0' },
    ],
  });

const wrong =
  (...networks: string[]): (() => unknown) =>
  () => {
    const base = { description: { devices: [] }, locate: () => undefined };
    const { description, locate } = withAdditions(base, { networks });
    return new MachinePlan(description, new Map(), locate);
  };

describe('a described network', () => {
  test('joins the devices that name it', () => {
    const { networks } = machine({});
    const ports = networks.get('lan0').ports.map(({ name, link }) => [name, link.isUp]);
    expect(ports).toEqual([
      ['0000:00:03.0', true],
      ['0000:00:04.0', true],
    ]);
  });

  test('understands units, as text or as numbers', () => {
    const { networks } = machine({
      bandwidth: '100M',
      latency: '50us',
      jitter: 0,
      loss: '0.5%',
      reordering: 0.25,
      mtu: '1500',
      seed: 7,
    });
    expect(networks.get('lan0').options).toMatchObject({
      bandwidthBps: 100e6,
      latencyMs: 0.05,
      jitterMs: 0,
      loss: 0.005,
      reordering: 0.25,
      mtu: 1500,
      seed: 7,
    });
    expect(networks.get('lan0').ports[0]?.link.speedMbps).toBe(100);
  });

  test('is left by a device that is removed', async () => {
    const built = machine({});
    const [first] = built.pci.functions;
    if (first === undefined) throw new Error('there is no device');
    await built.pci.remove(first, built.task().task);
    expect(built.networks.get('lan0').ports.map(({ name }) => name)).toEqual(['0000:00:04.0']);
  });
});

describe('a network that can not be', () => {
  test.each([
    [
      'lan0,latency=5',
      "--net 'lan0,latency=5': latency: '5' is no time up to 60s: say it with its unit, as 1ms or 50us",
    ],
    [
      'lan0,loss=101%',
      "--net 'lan0,loss=101%': loss: '101%' is no part of the frames: say 0% to 100%, as 0.5%",
    ],
    [
      'lan0,bandwidth=fast',
      "bandwidth: 'fast' is no bandwidth: say bits per second, 1k or more, as 100M",
    ],
    ['lan0,mtu=10', "mtu: '10' can't be: take a whole number from 68 to 65535"],
    ['lan0,delay=1ms', "delay: there is no key 'delay' here: keys are name, bandwidth"],
    ['lan0,latancy=1ms', "latancy: there is no key 'latancy' here: did you mean 'latency'?"],
    ['lan0,snaplen=96', 'snaplen: says how much to capture, and nothing is captured: add capture'],
    ['lan0,pace=fast', 'pace: says how fast to replay, and nothing is replayed: add replay'],
    ['lan0,pace=slow', 'pace: has to be one of'],
    ['lan0,loopback=maybe', "loopback: 'maybe' is neither yes nor no: say one of them"],
    ['lan0', "--net 'lan0': no device is on the network 'lan0': say net=lan0 of one"],
    [
      'latency=1ms',
      "--net 'latency=1ms': the name of the network is missing: begin with it, such as lan0,latency=1ms",
    ],
    ['lan 0', "--net 'lan 0': name: has to be a word, as lan0"],
  ])('%s', (network, message) => {
    expect(wrong(network)).toThrow(message);
  });

  test('because its name is taken', () => {
    expect(wrong('lan0', 'lan0,mtu=1500')).toThrow(
      "--net 'lan0,mtu=1500': name: 'lan0' is taken: describe it once",
    );
  });

  test('because two would write the same file', () => {
    expect(wrong('a,capture=x.pcap', 'b,capture=x.pcap')).toThrow(
      "--net 'b,capture=x.pcap': capture: x.pcap is the capture of another network: take another file",
    );
    expect(wrong('a,capture=x.pcap,replay=x.pcap')).toThrow('replay: x.pcap is being captured to');
  });

  test('because the machine has no files', () => {
    expect(() => machine({ capture: 'lan0.pcap' })).toThrow(
      'networks[0].capture: this machine writes no files: leave it out, or give the machine `networks`',
    );
  });
});
