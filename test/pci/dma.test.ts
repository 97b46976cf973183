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

  describe('several scatter lists at once', () => {
    const lists = [100n, 5000n, 200n].map((iova) => [{ iova, length: 2 }]);

    it('each reaches what is mapped, or has a fault of its own', () => {
      const { member, group } = newFunction();
      const bytes = new Uint8Array(4096);
      group.domain = smallDomain(bytes);
      member.setMaster(true);
      const faults: unknown[] = [];
      member.dma.onFault(({ iova, length, isWrite }) => faults.push([iova, length, isWrite]));
      const source = Uint8Array.of(1, 2, 3, 4, 5, 6);
      expect(member.dma.writeEach(lists, source)).toEqual([true, false, true]);
      expect([...bytes.subarray(100, 102), ...bytes.subarray(200, 202)]).toEqual([1, 2, 5, 6]);
      const target = new Uint8Array(6);
      expect(member.dma.readEach(lists, target)).toEqual([true, false, true]);
      expect([target[0], target[1], target[4], target[5]]).toEqual([1, 2, 5, 6]);
      expect(faults).toEqual([
        [5000n, 2, true],
        [5000n, 2, false],
      ]);
      expect(member.dma.faultCount).toBe(2);
    });

    it('all fail without bus mastering', () => {
      const { member, group } = newFunction();
      group.domain = smallDomain();
      expect(member.dma.readEach(lists, new Uint8Array(6))).toEqual([false, false, false]);
      expect(member.dma.faultCount).toBe(3);
    });

    it('each may be made to fail', () => {
      const { member, group } = newFunction();
      const bytes = new Uint8Array(8192);
      group.domain = flatDomain(bytes);
      member.setMaster(true);
      const accesses = [false, true, false];
      member.dma.inject = () => accesses.shift() === true;
      expect(member.dma.writeEach(lists, new Uint8Array(6).fill(1))).toEqual([true, false, true]);
      expect([bytes[100], bytes[5000], bytes[200]]).toEqual([1, 0, 1]);
    });

    it('are told range by range', () => {
      const { machine, member, group } = newFunction();
      group.domain = smallDomain();
      member.setMaster(true);
      const told: unknown[] = [];
      machine.kernel.diagnostics.dma.subscribe(({ iova, bytes, fault }) =>
        told.push([iova, [...bytes], fault]),
      );
      member.dma.writeEach(lists, Uint8Array.of(1, 2, 3, 4, 5, 6));
      expect(told).toEqual([
        [100n, [1, 2], undefined],
        [5000n, [3, 4], 'not mapped'],
        [200n, [5, 6], undefined],
      ]);
      told.length = 0;
      member.dma.writeEach(lists.slice(0, 1), Uint8Array.of(7, 8));
      expect(told).toEqual([[100n, [7, 8], undefined]]);
    });
  });

  it('tells of the range of a scatter list that failed, and not of those behind it', () => {
    const { member, group } = newFunction();
    group.domain = smallDomain();
    member.setMaster(true);
    const told: unknown[] = [];
    member.events.dma.subscribe(({ iova, fault }) => told.push([iova, fault]));
    const ranges = [0n, 8192n, 100n].map((iova) => ({ iova, length: 4 }));
    expect(member.dma.readv(ranges, new Uint8Array(12))).toBe(false);
    expect(told).toEqual([
      [0n, undefined],
      [8192n, 'not mapped'],
    ]);
  });
});
