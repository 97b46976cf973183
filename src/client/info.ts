/**
 * Infos of any length: VFIO answers what fits into `argsz` and says how much there is; whoever wants
 * the capabilities too asks again with that much.
 */
import { type Meanings, checked } from './error.js';
import type { VfioSystem } from './system.js';

/** Every info begins with `argsz` (u32). */
const ARGSZ_OFFSET = 0;

/**
 * Asks for an info with all it carries.
 * @param create makes the request in a zeroed buffer of `size` bytes, with argsz = `size`
 * @throws VfioError
 */
export function requestInfo(
  system: VfioSystem,
  fd: number,
  request: { readonly name: string; readonly number: number; readonly meanings?: Meanings },
  size: number,
  create: (size: number) => DataView,
): DataView {
  let info = create(size);
  checked(request.name, system.ioctl(fd, request.number, info), request.meanings);
  const needed = info.getUint32(ARGSZ_OFFSET, true);
  if (needed > size) {
    info = create(needed);
    checked(request.name, system.ioctl(fd, request.number, info), request.meanings);
  }
  return info;
}
