/** Devices in one word, for command lines: `edu,addr=0000:00:05.0,driver=none`. */
import type { DeviceDescription } from './description.js';
import { parseSpec } from './spec.js';

/**
 * Reads a device specification: first the model, then keys with values as in a description.
 * @param source what it is called in errors: `--device 'edu,addr=5'`
 * @throws DescriptionError
 */
export function parseDeviceSpec(spec: string, source = `--device '${spec}'`): DeviceDescription {
  const { model = '', ...rest } = parseSpec(spec, {
    first: 'model',
    what: 'the device model',
    example: 'edu,addr=0000:00:05.0',
    source,
  });
  return { model, ...rest };
}
