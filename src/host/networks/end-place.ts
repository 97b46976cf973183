/** What an end outside of the machine works with. */
import type { NetworksPlace } from '../../net/networks.js';
import type { Watcher } from './outside-world.js';

export interface EndPlace extends NetworksPlace {
  readonly watcher: Watcher;
}
