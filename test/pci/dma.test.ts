// DMA of a function: through the domain of its group, if the function may master the bus.
import { describe, expect, it } from 'vitest';
import { iommuGroupOf } from '../../src/iommu/iommu-group.js';
import { flatDomain } from '../support/flat-domain.js';
import { TestPci } from './test-pci.js';

const description = { model: 'test', identity: { vendor: 1, device: 2, class: 0xff0000 } };

/** A domain in which the first 4 KiB are mapped. */
const smallDomain = (bytes = new Uint8Array(4096)) => flatDomain(bytes);

function newFunction() {
  const machine = new TestPci({ '00:03.0': description });
  const member = machine.at('0000:00:03.0');
  const group = iommuGroupOf(member.device);
  if (group === undefined) throw new Error('no group');
  return { machine, member, group };
}

describe('DMA', () => {
  it('fails without bus mastering, and says so in the log', () => {
    const { machine, member, group } = newFunction();
    group.domain = smallDomain();
    expect(member.dma.read(0n, new Uint8Array(4))).toBe(false);
    expect(machine.log.at(-1)?.text).toContain('bus master off');
  });

  it('fails while no user has given the group a domain', () => {
    const { member } = newFunction();
    member.setMaster(true);
    const faults: string[] = [];
    member.dma.onFault(({ reason }) => faults.push(reason));
    expect(member.dma.write(0n, new Uint8Array(4))).toBe(false);
    expect(faults).toEqual(['no domain']);
  });

  it('reaches what is mapped and nothing else', () => {
    const { member, group } = newFunction();
    const bytes = new Uint8Array(4096);
    group.domain = smallDomain(bytes);
    member.setMaster(true);
    expect(member.dma.write(8n, Uint8Array.of(1, 2, 3))).toBe(true);
    expect([...bytes.subarray(8, 11)]).toEqual([1, 2, 3]);
    expect(member.dma.write(4094n, Uint8Array.of(1, 2, 3))).toBe(false);
    expect(member.dma.faultCount).toBe(1);
  });

  it('takes scatter lists, with one report of what failed', () => {
    const { member, group } = newFunction();
    const bytes = new Uint8Array(4096);
    group.domain = smallDomain(bytes);
    member.setMaster(true);
    const ranges = [
      { iova: 100n, length: 2 },
      { iova: 0n, length: 1 },
    ];
    expect(member.dma.writev(ranges, Uint8Array.of(1, 2, 3))).toBe(true);
    expect([bytes[100], bytes[101], bytes[0]]).toEqual([1, 2, 3]);
    const target = new Uint8Array(3);
    expect(member.dma.readv(ranges, target)).toBe(true);
    expect([...target]).toEqual([1, 2, 3]);
    const faults: unknown[] = [];
    member.dma.onFault(({ iova, length, reason }) => faults.push([iova, length, reason]));
    expect(member.dma.readv([...ranges, { iova: 8192n, length: 1 }], new Uint8Array(4))).toBe(
      false,
    );
    expect(faults).toEqual([[8192n, 4, 'not mapped']]);
  });
});
