import { describe, expect, test } from 'vitest';
import { DeviceInfo, VFIO_DEVICE_GET_INFO } from '../../src/uapi/vfio.js';
import { BAD_POINTER } from './open-device.js';
import { controller, edu } from './test-functions.js';
import { TestMachine, port } from './test-machine.js';

const UNTOUCHED = 0xaaaa_aaaa;

function getInfo(functions: ConstructorParameters<typeof TestMachine>[0], argsz: number) {
  const machine = new TestMachine(functions);
  const name = Object.keys(functions).at(-1) ?? '';
  const view = DeviceInfo.create({ argsz, flags: UNTOUCHED, capOffset: UNTOUCHED });
  const result = machine.open(name).ioctl(VFIO_DEVICE_GET_INFO, view);
  return { result, ...DeviceInfo.decode(view) };
}

describe('VFIO_DEVICE_GET_INFO', () => {
  test('a device has nine regions and five interrupts', () => {
    expect(getInfo({ '0000:00:03.0': edu }, 16)).toMatchObject({
      result: 0,
      argsz: 16,
      numRegions: 9,
      numIrqs: 5,
    });
  });

  test('argsz below 16 is EINVAL', () => {
    expect(getInfo({ '0000:00:03.0': edu }, 15).result).toBe('EINVAL');
  });

  test('the capability offset is written only for those who have room for it', () => {
    expect(getInfo({ '0000:00:03.0': edu }, 19).capOffset).toBe(UNTOUCHED);
    expect(getInfo({ '0000:00:03.0': edu }, 20).capOffset).toBe(0);
  });

  test('RESET is said only of a function that can be reset', () => {
    expect(getInfo({ '0000:00:03.0': edu }, 20).flags).toBe(2);
    expect(getInfo({ '0000:00:01.0': port, '0000:01:00.0': controller }, 20).flags).toBe(3);
  });

  test('a bad pointer is EFAULT', () => {
    const device = new TestMachine({ '0000:00:03.0': edu }).open('0000:00:03.0');
    expect(device.ioctl(VFIO_DEVICE_GET_INFO, BAD_POINTER)).toBe('EFAULT');
  });
});
