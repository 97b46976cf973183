// How faults are written, and what is said of those that make no sense.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseFaultSpec } from '../../../src/machine/faults/fault-spec.js';
import { RequestError } from '../../../src/machine/request-error.js';

describe('a fault says where, what and when', () => {
  test.each([
    ['map_dma:ENOMEM@3', { action: 'errno', errno: 12, times: { first: 3, last: 3 } }],
    ['map_dma:ENOMEM', { times: { first: 1, last: Infinity } }],
    ['VFIO_IOMMU_MAP_DMA:EIO@2-4', { errno: 5, times: { first: 2, last: 4 } }],
    ['alloc:5%', { action: 'errno', times: { fraction: 0.05 } }],
    ['set_irqs:delay=50ms@2+', { delayMs: 50, times: { first: 2, last: Infinity } }],
    ['dma:fault@7,device=00:04.0', { action: 'fault', device: '0000:00:04.0' }],
    ['register:stuck=0xff,offset=0x1c,bar=2', { value: 0xff, offset: 0x1c, bar: 2 }],
    ['device:gone@200', { action: 'gone', times: { first: 200, last: 200 } }],
  ])('%s', (text, expected) => {
    expect(parseFaultSpec(text)).toMatchObject(expected);
  });
});

describe('a fault that makes no sense is named, with the part and the fix', () => {
  test.each([
    ['map_dmma:EIO', "'map_dmma' is no place for a fault: did you mean 'map_dma'?"],
    ['map_dma:ENOMEN', "'ENOMEN' is no error: did you mean 'ENOMEM'?"],
    ['map_dma', "'map_dma' does not say what is to happen: write an error such as ENOMEM"],
    ['map_dma:lost', "'lost' can't happen to map_dma: write an error such as ENOMEM or delay=20ms"],
    ['alloc:5', "'5' says neither what nor when: write @5 for that one, 5% for a share"],
    ['open:delay=5ms', "'delay=5ms' can't happen to open: write an error such as ENOMEM"],
    ['map_dma:EIO@0', "'@0' says no time: write @3, @3+ (from then on), @3-5 or @5%"],
    ['map_dma:EIO@3:5%', "'@3:5%' says no time"],
    ['alloc:200%', "'200%' is more than all"],
    ['set_irqs:delay=5', "'delay=5' says no time: write delay=20ms"],
    ['irq:lots', "'lots' is nothing that can happen: did you mean 'lost'?"],
    ['get_info:EIO', "'get_info' is two calls: say device_get_info or iommu_get_info"],
    ['register:stuck=1', 'does not say which register: add offset=0x1c'],
    ['device:gone', 'does not say when'],
    ['irq:lost,device=5', "'device=5' is no PCI address"],
    ['irq:lost,devise=00:04.0', "'devise=00:04.0' is no option of faults: did you mean 'device'?"],
    ['alloc:5%,device=00:04.0', 'the kernel has no devices'],
  ])('%s', (text, message) => {
    expect(() => parseFaultSpec(text)).toThrow(RequestError);
    expect(() => parseFaultSpec(text)).toThrow(`fault '${text}': `);
    expect(() => parseFaultSpec(text)).toThrow(message);
  });

  test('whatever is written is understood or refused, never a crash', () => {
    const words = ['map_dma', 'irq', 'alloc', ':', '@', '=', ',', '%', 'E', '5', '-', '+', 'stuck'];
    const piece = fc.constantFrom(...words, 'device', 'offset');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
        try {
          expect(parseFaultSpec(pieces.join('')).point.name).not.toBe('');
        } catch (error) {
          expect(error).toBeInstanceOf(RequestError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
