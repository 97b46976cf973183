/** Colours where somebody sees them. */
import colors from 'picocolors';
import type { Colors } from 'picocolors/types.js';

/**
 * Colours for a terminal, unless NO_COLOR is set; for all else none: the package alone would also colour
 * what a CI job pipes into a file.
 */
export function colorsFor(stream: { readonly isTTY?: boolean }): Colors {
  return colors.createColors(stream.isTTY === true && colors.isColorSupported);
}
