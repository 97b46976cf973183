/**
 * Devices in one word, for command lines: `edu,addr=0000:00:05.0,driver=none`. First the model, then
 * keys with values as in a description; values contain no comma.
 */
import type { DeviceDescription } from './description.js';
import { DescriptionError } from './description-error.js';

/**
 * Reads a device specification.
 * @param source what it is called in errors: `--device 'edu,addr=5'`
 * @throws DescriptionError
 */
export function parseDeviceSpec(spec: string, source = `--device '${spec}'`): DeviceDescription {
  const [model = '', ...pairs] = spec.split(',');
  const fail = (path: string[], text: string, fix: string): never => {
    throw new DescriptionError([{ path, text, fix }], () => ({ place: source }));
  };
  if (model.trim() === '' || model.includes('=')) {
    fail([], 'the device model is missing', 'begin with it, such as edu,addr=0000:00:05.0');
  }
  const device: Record<string, string> & { model: string } = { model: model.trim() };
  for (const pair of pairs) {
    const separator = pair.indexOf('=');
    const key = separator < 0 ? pair.trim() : pair.slice(0, separator).trim();
    if (separator < 1) fail([], `'${pair}' is no key with a value`, 'write key=value');
    if (Object.hasOwn(device, key)) {
      fail([key], 'is given twice', key === 'model' ? 'it comes first, without a key' : 'drop one');
    }
    device[key] = pair.slice(separator + 1).trim();
  }
  return device;
}
