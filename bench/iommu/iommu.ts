// The IOMMU: mapping and unmapping through type1's requests, and what translating an address costs
// with 1, 1,000 and 1,000,000 mappings, side by side.
import type { DmaSegment } from '../../src/iommu/iommu-domain.js';
import { IOMMU_READ, IOMMU_WRITE, PagingDomain } from '../../src/iommu/paging-domain.js';
import { Device } from '../../src/kernel/device.js';
import { PAGE_SIZE } from '../../src/uapi/file.js';
import { measureTogether, type Row } from '../measure.js';
import { mappingRows } from './mapping.js';

const COUNTS = [1, 1_000, 1_000_000];
const MILLION = 1_000_000;
const SMALL = PAGE_SIZE;
/** Mappings that a busy device uses again and again. */
const WORKING_SET = 4096;
/** Bytes of a device's access. */
const ACCESS = 64;
/** The prime keeps the memory behind neighbouring mappings apart. */
const SCATTER = 7919;

const device = new Device('0000:00:05.0');
const memory = { read: () => true, write: () => true };

export function iommuBenchmark(): Row[] {
  const domains = COUNTS.map((count) => ({ count, domain: domainWith(count) }));
  const random = domains.map(({ count, domain }) => ({
    name: `translate, ${named(count)} of 4 KiB, at random`,
    operation: translating(domain, count),
  }));
  const million = domains.at(-1)?.domain ?? domainWith(MILLION);
  const busy = {
    name: `translate, ${named(MILLION)} of 4 KiB, ${WORKING_SET.toLocaleString('en')} in use`,
    operation: translating(million, MILLION, WORKING_SET),
  };
  return [
    ...mappingRows(),
    ...measureTogether([...random, busy]),
    {
      name: `memory, ${named(MILLION)} of 4 KiB, each`,
      ns: million.byteLength / MILLION,
      unit: 'bytes',
      operations: MILLION,
    },
  ];
}

/** A domain with so many mappings of a page, which were made in no order. */
function domainWith(count: number): PagingDomain {
  const domain = new PagingDomain();
  for (let i = 0; i < count; i++) {
    const page = (i * SCATTER) % count;
    const permissions = IOMMU_READ | IOMMU_WRITE;
    domain.map({ page, pages: 1, memory, memoryPage: (i * SCATTER) % MILLION, permissions });
  }
  return domain;
}

/** Translates random addresses of the mappings, or of some of them that lie all over. */
function translating(domain: PagingDomain, count: number, inUse = count) {
  const stride = Math.floor(count / inUse);
  const segments: DmaSegment[] = [];
  let seed = 1;
  return (times: number): void => {
    for (let i = 0; i < times; i++) {
      // A linear congruential generator, modulus 2^32.
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      const page = Math.floor((seed / 2 ** 32) * inUse) * stride;
      segments.length = 0;
      domain.translate(device, BigInt(page * SMALL + ACCESS), ACCESS, false, segments);
    }
  };
}

function named(count: number): string {
  return count === 1 ? '1 mapping' : `${count.toLocaleString('en')} mappings`;
}
