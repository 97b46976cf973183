// DMA of a function: through the domain of its group, if the function may master the bus.
import { describe, expect, it } from 'vitest';
import type { IommuDomain } from '../../src/iommu/iommu-domain.js';
import { iommuGroupOf } from '../../src/iommu/iommu-group.js';
import { TestPci } from './test-pci.js';

const description = { model: 'test', identity: { vendor: 1, device: 2, class: 0xff0000 } };

/** A domain in which the first 4 KiB are mapped. */
function smallDomain(bytes = new Uint8Array(4096)): IommuDomain {
  const fault = (device: object, iova: bigint, length: number, isWrite: boolean) =>
    iova + BigInt(length) <= 4096n
      ? undefined
      : ({ device, iova, isWrite, reason: 'not mapped' } as never);
  return {
    generation: 0,
    read: (device, iova, target) => {
      target.set(bytes.subarray(Number(iova), Number(iova) + target.length));
      return fault(device, iova, target.length, false);
    },
    write: (device, iova, source) => {
      const failed = fault(device, iova, source.length, true);
      if (failed === undefined) bytes.set(source, Number(iova));
      return failed;
    },
    translate: (device, iova, length, isWrite) => fault(device, iova, length, isWrite),
  };
}

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
});
