/** What software can do to any device. */
import type { AccessSize } from '../../src/pci/config-space.js';
import { type FuzzedDevice, MEMORY_SIZE } from './fuzzed-device.js';
import type { Random } from './random.js';
import type { Action, Vocabulary } from './vocabulary.js';

const SIZES: readonly [AccessSize, ...AccessSize[]] = [4, 4, 4, 2, 1];
/** Bytes of memory that are filled at a time, at most. */
const SCRIBBLE = 4096;

/** A place in a BAR; undefined: the device has none. */
function place(device: FuzzedDevice, random: Random, { registers }: Vocabulary) {
  const [first, ...rest] = device.bars;
  if (first === undefined) return undefined;
  const bar = random.pick([first, ...rest]);
  const known = registers?.[bar.index];
  const size = random.pick(SIZES);
  const isKnown = known !== undefined && !random.oneIn(4);
  const offset = isKnown ? random.pick(known) : random.below(bar.size);
  // Mostly as processors make accesses: aligned.
  const aligned = random.oneIn(8) ? offset : offset - (offset % size);
  return { bar: bar.index, size, offset: Math.min(aligned, Math.max(0, bar.size - size)) };
}

/** The actions for a model, by how often they come. */
export function actionsFor(vocabulary: Vocabulary): readonly [Action, ...Action[]] {
  const { values, actions } = vocabulary;
  const value = (random: Random): number =>
    values === undefined || random.oneIn(3) ? random.value() : random.pick(values);
  const write: Action = (device, random) => {
    const at = place(device, random, vocabulary);
    if (at === undefined) return;
    const written = value(random);
    device.say(`write ${describe(at)} ${hex(written)}`);
    device.write(at.bar, at.offset, at.size, written);
  };
  const read: Action = (device, random) => {
    const at = place(device, random, vocabulary);
    if (at === undefined) return;
    device.say(`read ${describe(at)}`);
    device.read(at.bar, at.offset, at.size);
  };
  const store: Action = (device, random) => {
    const at = place(device, random, vocabulary);
    if (at === undefined) return;
    const offset = at.offset & ~3;
    const stored = value(random);
    device.say(`store ${describe({ ...at, offset, size: 4 })} ${hex(stored)}`);
    device.store(at.bar, offset, stored);
  };
  const common: readonly [Action, ...Action[]] = [write, write, read, store, ...GENERAL];
  // Whole commands are as many as all the rest.
  return actions === undefined
    ? common
    : [...common, ...common.map((_, index) => actions[index % actions.length] ?? actions[0])];
}

const GENERAL: readonly Action[] = [pass, scribble, configure, lookAtConfig, interrupt, disturb];

function pass(device: FuzzedDevice, random: Random): void {
  const ms = random.pick([0, 0.05, 1, 100, 3_600_000]);
  device.say(`pass ${ms} ms`);
  device.pass(ms);
}

function scribble(device: FuzzedDevice, random: Random): void {
  const length = random.below(SCRIBBLE);
  const at = random.below(MEMORY_SIZE - length) & ~3;
  device.say(`scribble ${length} bytes at ${hex(at)}`);
  for (let done = 0; done + 4 <= length; done += 4) {
    device.view.setUint32(at + done, random.oneIn(2) ? random.word() : random.value(), true);
  }
}

function configure(device: FuzzedDevice, random: Random): void {
  const size = random.pick(SIZES);
  const offset = random.below(device.configSize / size) * size;
  const value = random.value();
  device.say(`config ${hex(offset)}/${size} ${hex(value)}`);
  device.writeConfig(offset, size, value);
  if (random.oneIn(2)) device.wake();
}

function lookAtConfig(device: FuzzedDevice, random: Random): void {
  const offset = random.below(device.configSize);
  device.say(`look at config ${hex(offset)}`);
  device.readConfig(offset, 1);
}

function interrupt(device: FuzzedDevice, random: Random): void {
  const kind = random.pick(['intx', 'msi', 'msix', 'none'] as const);
  const count = 1 + random.below(80);
  device.say(`interrupts ${kind} ${count}`);
  device.useInterrupts(kind, count);
  device.maskVector(random.below(count), random.oneIn(2));
}

function disturb(device: FuzzedDevice, random: Random): void {
  switch (random.below(8)) {
    case 0: {
      const method = random.pick(['flr', 'af_flr', 'pm', 'bus', 'power-on'] as const);
      device.say(`reset ${method}`);
      device.reset(method);
      device.wake();
      return;
    }
    case 1:
      device.say('toggle bus master');
      device.setMaster(random.oneIn(2));
      return;
    case 2:
      device.say('unmap');
      device.unmapBars();
      return;
    default:
      device.say('wake');
      device.wake();
  }
}

function describe({ bar, offset, size }: { bar: number; offset: number; size: number }): string {
  return `${bar}:${hex(offset)}/${size}`;
}

function hex(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}
