/**
 * What users' modules import, for commands that seldom need it: it is most of uvfio, so it lies in a file
 * of its own, which they load when they do.
 */
import type { Exports } from '../config/user-modules.js';

/** The modules by their names. */
export async function loadOwnModules(): Promise<Exports> {
  const file = new URL('./own-modules.js', import.meta.url).href;
  const { ownModules } = (await import(file)) as typeof import('./own-modules.js');
  return ownModules;
}
