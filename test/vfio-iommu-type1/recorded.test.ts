// What a real kernel answered to requests whose arguments say everything, asked again in-process.
import { describe, expect, test } from 'vitest';
import { VFIO_TYPE1_IOMMU, VFIO_TYPE1v2_IOMMU } from '../../src/uapi/vfio.js';
import { readTar } from '../../tools/archive/tar.js';
import { parseSteps, type Step } from '../../tools/conformance-linux/probe.js';
import { type Answer, PAGE, TestContainer } from './test-container.js';

const recordings = readTar('conformance/linux/recordings.tar.gz');
const steps = parseSteps(String(recordings.get('recordings/linux-6.1-edu.jsonl')));

/** The arguments of MAP and UNMAP as the probe prints them. */
interface RangeArguments {
  readonly argsz: number;
  readonly flags: string;
  readonly vaddr?: string;
  readonly iova: string;
  readonly size: string;
}

const MAP_FLAGS = ['READ', 'WRITE', 'VADDR'];
const UNMAP_FLAGS = ['GET_DIRTY_BITMAP', 'ALL', 'VADDR'];

/** `READ|WRITE|0x8` as a number. */
function flagsOf(text: string, names: readonly string[]): number {
  return text.split('|').reduce((flags, name) => {
    const bit = names.indexOf(name);
    return (flags | (bit < 0 ? Number(name) : 1 << bit)) >>> 0;
  }, 0);
}

/** `mem+4096`, `-4096`, `1<<48` and `0xffff…` as an address. */
function vaddrOf(text: string, container: TestContainer): bigint {
  const [, offset] = /^mem\+(\d+)$/.exec(text) ?? [];
  if (offset !== undefined) return BigInt(container.vaddr + Number(offset));
  const [, shift] = /^1<<(\d+)$/.exec(text) ?? [];
  if (shift !== undefined) return 1n << BigInt(shift);
  return BigInt.asUintN(64, BigInt(text));
}

/** What was recorded: the size unmapped, 0, or an error. */
function recordedAnswer({ errno, out }: Step): Answer {
  if (typeof errno === 'string') return errno;
  const { size } = out as { size?: string };
  return size === undefined ? 0 : Number(size);
}

const rangeSteps = (scenario: string, request: string): Step[] =>
  steps.filter(
    ({ scenario: name, call, args }) =>
      name === scenario && call === `ioctl ${request}` && 'iova' in (args as object),
  );

describe.each([
  ['type1.map', VFIO_TYPE1v2_IOMMU],
  ['type1.map_v1', VFIO_TYPE1_IOMMU],
])('MAP_DMA as in %s', (scenario, type) => {
  test.each(rangeSteps(scenario, 'VFIO_IOMMU_MAP_DMA').map((step) => [step.step, step] as const))(
    '%s',
    (_name, step) => {
      const container = new TestContainer({ type });
      const { argsz, flags, vaddr = '', iova, size } = step.args as RangeArguments;
      const answer = container.mapWith({
        argsz,
        flags: flagsOf(flags, MAP_FLAGS),
        vaddr: vaddrOf(vaddr, container),
        iova: BigInt(iova),
        size: BigInt(size),
      });
      expect(answer).toBe(recordedAnswer(step));
      if (answer !== 0) expect(container.memory.lockedPages).toBe(0);
    },
  );
});

/** The mappings of the unmap scenarios: A and B touch, C is apart. */
const MAPPINGS = { A: [0x100000, 4], B: [0x104000, 4], C: [0x200000, 2] } as const;

describe.each([
  ['type1.unmap_v2', VFIO_TYPE1v2_IOMMU],
  ['type1.unmap_v1', VFIO_TYPE1_IOMMU],
])('UNMAP_DMA as in %s', (scenario, type) => {
  const requests = rangeSteps(scenario, 'VFIO_IOMMU_UNMAP_DMA');
  test.each(requests.map((step) => [step.step, step] as const))('%s', (name, step) => {
    const container = new TestContainer({ type });
    if (!name.startsWith('empty-container')) {
      for (const [iova, pages] of Object.values(MAPPINGS)) container.map(iova, pages);
    }
    const { argsz, flags, iova, size } = step.args as RangeArguments;
    const answer = container.unmap(
      ...([BigInt(iova), BigInt(size), flagsOf(flags, UNMAP_FLAGS), argsz] as const),
    );
    expect(answer).toBe(recordedAnswer(step));
    const left = steps.find((each) => each.scenario === scenario && each.step === `${name}.left`);
    if (left === undefined) return;
    const found = Object.entries(MAPPINGS).map(([mapping, [start, pages]]) => {
      const unmapped = container.unmap(start, pages * PAGE);
      return [mapping, `0x${unmapped.toString(16)}`];
    });
    expect(Object.fromEntries(found)).toEqual(left.out);
    expect(container.memory.lockedPages).toBe(0);
  });
});
