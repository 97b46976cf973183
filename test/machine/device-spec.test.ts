import { describe, expect, test } from 'vitest';
import { parseDeviceSpec } from '../../src/machine/device-spec.js';

describe('a device specification', () => {
  test('is a model and its keys', () => {
    expect(parseDeviceSpec('edu,addr=0000:00:05.0,driver=none')).toEqual({
      model: 'edu',
      addr: '0000:00:05.0',
      driver: 'none',
    });
  });

  test('has a value up to the next comma', () => {
    expect(parseDeviceSpec('nvme,file=a=b')).toEqual({ model: 'nvme', file: 'a=b' });
  });

  test.each([
    ['', "--device '': the device model is missing: begin with it, such as edu,addr=0000:00:05.0"],
    [
      'addr=0000:00:05.0',
      "--device 'addr=0000:00:05.0': the device model is missing: begin with it, such as edu,addr=0000:00:05.0",
    ],
    ['edu,addr', "--device 'edu,addr': 'addr' is no key with a value: write key=value"],
    ['edu,', "--device 'edu,': '' is no key with a value: write key=value"],
    ['edu,a=1,a=2', "--device 'edu,a=1,a=2': a: is given twice: drop one"],
    [
      'edu,model=e1000',
      "--device 'edu,model=e1000': model: is given twice: it comes first, without a key",
    ],
  ])('%j is refused', (spec, message) => {
    expect(() => parseDeviceSpec(spec)).toThrow(message);
  });
});
