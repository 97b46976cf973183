/** The networks of a machine: what their descriptions say, understood and checked. */
import { LARGEST_SNAP_LENGTH } from '../net/capture.js';
import { LARGEST_MTU, LEAST_MTU } from '../net/network-options.js';
import type { NetworkPlan } from '../net/network-plan.js';
import type { OutsideEnd } from '../net/surroundings.js';
import type { DeviceDescription } from './description.js';
import type { DescriptionProblem } from './description-error.js';
import type { NetworkDescription } from './network-description.js';
import { parseBandwidth, parseDuration, parsePart } from './quantity.js';

/** A network with where it is described. */
export interface PlannedNetwork extends NetworkPlan {
  readonly path: readonly (string | number)[];
}

const MINUTE_MS = 60_000;
const KINDS = ['tap', 'listen', 'connect'] as const;

/** Plans all networks; what is wrong with them is added to the problems. */
export function planNetworks(
  networks: readonly NetworkDescription[],
  devices: readonly DeviceDescription[],
  problems: DescriptionProblem[],
): PlannedNetwork[] {
  checkFiles(networks, problems);
  return networks.map((network, index) => {
    const path = ['networks', index];
    const earlier = networks.findIndex(({ name }) => name === network.name);
    if (earlier < index) {
      const fix = 'describe it once';
      problems.push({ path: [...path, 'name'], text: `'${network.name}' is taken`, fix });
    }
    const ends = endsOf(network);
    const plan = new NetworkReader(network, path, problems).read();
    const plugged = [plan.replay !== undefined, plan.hasLoopback === true];
    const others = ends.length + plugged.filter(Boolean).length;
    if (others < 2 && !devices.some((device) => Object.values(device).includes(network.name))) {
      const fix = `say net=${network.name} of one`;
      problems.push({ path, text: `no device is on the network '${network.name}'`, fix });
    }
    return { path, ...plan, ends };
  });
}

/** No file may be written twice, or read while it is written. */
function checkFiles(networks: readonly NetworkDescription[], problems: DescriptionProblem[]): void {
  const captures = networks.map(({ capture }) => capture);
  networks.forEach(({ capture, replay }, index) => {
    const path = ['networks', index];
    const fix = 'take another file';
    if (capture !== undefined && captures.indexOf(capture) < index) {
      const text = `${capture} is the capture of another network`;
      problems.push({ path: [...path, 'capture'], text, fix });
    }
    if (replay !== undefined && captures.includes(replay)) {
      problems.push({ path: [...path, 'replay'], text: `${replay} is being captured to`, fix });
    }
  });
}

function endsOf(network: NetworkDescription): OutsideEnd[] {
  return KINDS.flatMap((kind) => {
    const name = network[kind];
    return name === undefined ? [] : [{ kind, name }];
  });
}

/** Reads the values of one network. */
class NetworkReader {
  readonly #network: NetworkDescription;
  readonly #path: readonly (string | number)[];
  readonly #problems: DescriptionProblem[];

  constructor(
    network: NetworkDescription,
    path: readonly (string | number)[],
    problems: DescriptionProblem[],
  ) {
    this.#network = network;
    this.#path = path;
    this.#problems = problems;
  }

  read(): NetworkPlan {
    const { name, capture, replay, pace = 'original', snaplen } = this.#network;
    if (snaplen !== undefined && capture === undefined) {
      this.#problem('snaplen', 'says how much to capture, and nothing is captured', 'add capture');
    }
    if (this.#network.pace !== undefined && replay === undefined) {
      this.#problem('pace', 'says how fast to replay, and nothing is replayed', 'add replay');
    }
    const seed = this.#whole('seed', 0, 2 ** 32 - 1);
    const mtu = this.#whole('mtu', LEAST_MTU, LARGEST_MTU);
    return {
      name,
      ...this.#bandwidth(),
      latencyMs: this.#duration('latency'),
      jitterMs: this.#duration('jitter'),
      loss: this.#part('loss'),
      duplication: this.#part('duplication'),
      reordering: this.#part('reordering'),
      ...(seed === undefined ? {} : { seed }),
      ...(mtu === undefined ? {} : { mtu }),
      ...(capture === undefined ? {} : { capture: this.#capture(capture) }),
      ...(replay === undefined ? {} : { replay: { file: replay, pace } }),
      hasLoopback: this.#loopback(),
    };
  }

  #capture(file: string): NonNullable<NetworkPlan['capture']> {
    const snapLength = this.#whole('snaplen', 1, LARGEST_SNAP_LENGTH);
    return { file, ...(snapLength === undefined ? {} : { snapLength }) };
  }

  #bandwidth(): Pick<NetworkPlan, 'bandwidthBps'> {
    const text = this.#network.bandwidth;
    if (text === undefined) return {};
    const bandwidthBps = parseBandwidth(text);
    if (bandwidthBps !== undefined && bandwidthBps >= 1000) return { bandwidthBps };
    const fix = 'say bits per second, 1k or more, as 100M';
    this.#problem('bandwidth', `'${text}' is no bandwidth`, fix);
    return {};
  }

  #duration(key: 'latency' | 'jitter'): number {
    const text = this.#network[key] ?? 0;
    const ms = parseDuration(text);
    if (ms !== undefined && ms <= MINUTE_MS) return ms;
    this.#problem(key, `'${text}' is no time up to 60s`, 'say it with its unit, as 1ms or 50us');
    return 0;
  }

  #part(key: 'loss' | 'duplication' | 'reordering'): number {
    const text = this.#network[key] ?? 0;
    const part = parsePart(text);
    if (part !== undefined && part <= 1) return part;
    this.#problem(key, `'${text}' is no part of the frames`, 'say 0% to 100%, as 0.5%');
    return 0;
  }

  #whole(key: 'seed' | 'mtu' | 'snaplen', least: number, most: number): number | undefined {
    const text = this.#network[key];
    if (text === undefined) return undefined;
    const number = Number(text);
    if (text !== '' && Number.isInteger(number) && number >= least && number <= most) return number;
    const fix = `take a whole number from ${least} to ${most}`;
    this.#problem(key, `'${text}' can't be`, fix);
    return undefined;
  }

  #loopback(): boolean {
    const { loopback = false } = this.#network;
    const text = String(loopback);
    if (['yes', 'true', 'on', '1'].includes(text)) return true;
    if (['no', 'false', 'off', '0'].includes(text)) return false;
    this.#problem('loopback', `'${text}' is neither yes nor no`, 'say one of them');
    return false;
  }

  #problem(key: string, text: string, fix: string): void {
    this.#problems.push({ path: [...this.#path, key], text, fix });
  }
}
