/**
 * What networks have of the world: files, TAP devices and sockets. A machine is built before it is
 * served; what is to be watched is remembered until then.
 */
import type { NetworkSurroundings } from '../../net/surroundings.js';
import type { ReadySet } from '../ready-set.unsafe.js';
import { createCaptureFile, openCaptureFile } from './capture-files.unsafe.js';
import { listenOn } from './listening-socket.unsafe.js';
import { connectTo } from './connecting-socket.unsafe.js';
import { openTap } from './tap.unsafe.js';

/** What a descriptor is watched for. */
export type Readiness = 'readable' | 'writable';

/** Watches descriptors for those who must not wait for them. */
export interface Watcher {
  /**
   * Calls `handler` in the machine's loop while the descriptor is ready. A descriptor is watched once.
   * @returns ends it; to be called before the descriptor is closed
   */
  watch(fd: number, readiness: Readiness, handler: () => void): () => void;
}

interface Watch {
  readonly fd: number;
  readonly readiness: Readiness;
  readonly handler: () => void;
  end: (() => void) | undefined;
}

export class OutsideWorld implements Watcher {
  readonly surroundings: NetworkSurroundings;
  readonly #waiting = new Set<Watch>();
  #ready: ReadySet | undefined;

  /** @param notice told of what went wrong with the user's files */
  constructor(notice: (text: string) => void) {
    this.surroundings = {
      wallClockMs: () => Date.now(),
      notice,
      createCapture: createCaptureFile,
      openCapture: openCaptureFile,
      connect: (port, { kind, name }, place) => {
        if (kind === 'tap') return openTap(port, name, { ...place, watcher: this });
        if (kind === 'listen') return listenOn(port, name, { ...place, watcher: this });
        return connectTo(port, name, { ...place, watcher: this });
      },
    };
  }

  watch(fd: number, readiness: Readiness, handler: () => void): () => void {
    const watch: Watch = { fd, readiness, handler, end: undefined };
    if (this.#ready === undefined) this.#waiting.add(watch);
    else this.#begin(watch, this.#ready);
    return () => {
      this.#waiting.delete(watch);
      watch.end?.();
      watch.end = undefined;
    };
  }

  /** The machine's loop has begun. */
  serve(ready: ReadySet): void {
    this.#ready = ready;
    for (const watch of this.#waiting) this.#begin(watch, ready);
    this.#waiting.clear();
  }

  #begin(watch: Watch, ready: ReadySet): void {
    watch.end = ready.add(watch.fd, watch.handler, {
      isUrgent: true,
      isForWriting: watch.readiness === 'writable',
    });
  }
}
